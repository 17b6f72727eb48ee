import { describe, expect, test } from 'vitest';
import { exitCodeOf } from '../../../electron/cli/exit-codes.ts';
import { describeFailure } from '../../../electron/cli/text.ts';
import { AppError, mainErrors, type AppErrorCode } from '../../../electron/ipc/errors.ts';
import { helperErrors } from '../../../native-helper/protocol/errors.ts';

const codes = [...Object.keys(helperErrors), ...Object.keys(mainErrors)] as AppErrorCode[];

test.each(codes)('%s has a sentence, says what changed, and has an exit status', (code) => {
  const { says, changed, next } = describeFailure(new AppError(code).data);
  expect(says).toMatch(/^[A-Zp].*\.$/u);
  expect(changed).toMatch(/\.$/u);
  if (next !== null) expect(next).not.toBe('');
  expect([1, 3, 4]).toContain(exitCodeOf(code));
});

describe('describeFailure', () => {
  test('names the facts that came with the failure', () => {
    const { data } = new AppError('DEVICE_MOUNTED', { detail: { mountPoints: ['/mnt/a', '/mnt/b'] } });
    expect(describeFailure(data).says).toBe('A file system on the device is mounted: /mnt/a, /mnt/b.');
    expect(describeFailure(new AppError('IMAGE_OVERLAPS', { detail: { device: 3 } }).data).says).toContain('/dev/loop3');
    expect(describeFailure(new AppError('KERNEL_REFUSED', { errno: 5, detail: { call: 'LOOP_CONFIGURE' } }).data).says).toMatch(
      /^The kernel refused: LOOP_CONFIGURE; EIO \(.*\)\.$/u,
    );
  });

  test('does not claim that nothing changed where that is not known', () => {
    expect(describeFailure(new AppError('HELPER_LOST').data).changed).not.toContain('Nothing');
    expect(describeFailure(new AppError('GROWTH_HALF_DONE').data).changed).not.toContain('Nothing');
  });
});

test('denied and dismissed are different sentences with the same status', () => {
  const denied = describeFailure(new AppError('ELEVATION_DENIED').data);
  const dismissed = describeFailure(new AppError('ELEVATION_DISMISSED').data);
  expect(denied.says).not.toBe(dismissed.says);
  expect([exitCodeOf('ELEVATION_DENIED'), exitCodeOf('ELEVATION_DISMISSED')]).toEqual([3, 3]);
  expect([exitCodeOf('NOT_AUTHORIZED'), exitCodeOf('AUTHORIZATION_DISMISSED')]).toEqual([3, 3]);
});
