/** An image with the device that has it attached, as the command line finds it. */
import { stat } from 'node:fs/promises';
import type { Session } from '../../../electron/cli/session.ts';
import { findAttachments } from '../../../electron/images/identity.ts';
import type { ResizeSubject } from '../../../electron/resize/resize.ts';

export async function findSubject(session: Pick<Session, 'call'>, path: string): Promise<ResizeSubject> {
  const { devices } = await session.call('devices/list', {});
  const [number] = await findAttachments(devices, await stat(path, { bigint: true }));
  return { path: Buffer.from(path), device: devices.find((device) => device.number === number) ?? null };
}
