/** What is wrong with a device, as the window's page of it tells, for `platter show`. Without what only a window that has watched it can know. */
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { MountedStateReader } from '../devices/mounted-state.ts';
import { findSameUuids } from '../devices/same-uuid.ts';
import { withinTime } from '../devices/within-time.ts';
import { describeBackingFile } from '../images/describe-image.ts';
import type { ImageWorker } from '../images/image-worker.ts';
import type { Contents } from '../ipc/contents.ts';
import { findWarnings, uuidsOf, type DeviceWarning } from '../ipc/device-warnings.ts';
import { readContents } from './contents.ts';
import { deviceWarningWords } from './reason-words.ts';

/** Files of other devices may lie where nothing answers; what is not known of them by then is left out. */
const LIMIT_MS = 2000;

export async function readWarnings(
  worker: ImageWorker,
  device: LoopDevice,
  contents: Contents,
  devices: readonly LoopDevice[],
): Promise<readonly DeviceWarning[]> {
  const uuids = uuidsOf(contents);
  const found = new Map<number, Contents>();
  const others = devices.filter(({ number }) => number !== device.number);
  const [file, sameUuid, { troubles }] = await Promise.all([
    withinTime(describeBackingFile(device), LIMIT_MS).catch(() => null),
    findSameUuids(device, uuids),
    new MountedStateReader().read(device),
    uuids.length === 0 ? null : readAll(worker, others, found),
  ]);
  return findWarnings({
    device,
    devices,
    file: file === 'late' ? null : file,
    contents,
    contentsOf: ({ number }) => found.get(number) ?? [],
    sameUuid,
    troubles,
    remembered: undefined,
  });
}

/** One after the other, as the worker looks at one image at a time; when the time is over the rest is left. */
async function readAll(worker: ImageWorker, devices: readonly LoopDevice[], into: Map<number, Contents>): Promise<void> {
  const until = performance.now() + LIMIT_MS;
  for (const device of devices) {
    const contents = await withinTime(readContents(worker, device), until - performance.now());
    if (contents === 'late') return;
    into.set(device.number, contents ?? []);
  }
}

export function describeWarning(warning: DeviceWarning): string {
  switch (warning.kind) {
    case 'file-system-stopped':
    case 'file-system-read-only':
    case 'file-system-errors':
      return deviceWarningWords[warning.kind](warning.mountPoints.join(', '));
    case 'deleted':
    case 'replaced':
    case 'missing':
    case 'direct-io-off':
      return deviceWarningWords[warning.kind];
    case 'moved':
      return deviceWarningWords.moved(warning.from);
    case 'file-grew':
    case 'file-shrank':
      return deviceWarningWords[warning.kind](warning.fileBytes);
    case 'attached-twice':
      return deviceWarningWords['attached-twice'](warning.numbers.map((number) => `/dev/loop${number}`).join(', '), warning.writable);
    case 'misaligned':
      return deviceWarningWords.misaligned(warning.sectorBytes);
    case 'same-uuid':
      return deviceWarningWords['same-uuid'](warning.nodes.map((node) => `/dev/${node}`).join(', '));
  }
}
