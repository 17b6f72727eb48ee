/** A device that is waited for while the helper goes: what matters is which calls may start another one. */
import { expect, test, vi } from 'vitest';
import { DetachRunner } from '../../../electron/detach/detach-run.ts';
import { AppError } from '../../../electron/ipc/errors.ts';
import type { DetachState } from '../../../electron/ipc/detaching.ts';
import type { HelperSession } from '../../../electron/helper-session.ts';
import { sampleDevice } from './samples.ts';

type Call = HelperSession['call'];

test('what is waited for fails when the helper is lost, and starts none', async () => {
  const called: string[] = [];
  const call: Call = async (method) => {
    called.push(method);
    throw new AppError('DEVICE_BUSY');
  };
  const callPresent: Call = async () => {
    throw new AppError('HELPER_LOST');
  };
  const states: DetachState['kind'][] = [];
  const runner = new DetachRunner({
    session: { call, callPresent },
    device: sampleDevice({ number: 3 }),
    onState: ({ kind }) => states.push(kind),
  });
  runner.send({ kind: 'start' });
  await vi.waitUntil(() => states.includes('failed'));
  expect(runner.state).toMatchObject({ kind: 'failed', error: { code: 'HELPER_LOST' } });
  expect([states.includes('waiting'), called]).toEqual([true, ['devices/detach']]);
});
