/** The actions of one device as menu entries, with the excuse of each that cannot be done. */
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import type { MenuEntry, MenuGroups } from '../../components/menu.tsx';
import { detachDevices, keepAttached, type Context } from '../../state/actions.ts';
import { changeBackingFile, copyText, refreshCapacity, rescanPartitions, showInFolder, openResize } from '../../state/device-actions.ts';
import { commandExcuse, losetupCommand, platterCommand } from '../../state/attach-command.ts';
import { keyOf, nodePath } from '../../state/device-facts.ts';
import { partsOf } from '../../state/parts.ts';
import { actionExcuse, changeFileExcuse, resizeExcuse, rangeExcuse, rescanExcuse, type Excuse } from '../../state/excuses.ts';
import { openDeviceExport } from '../../state/create-actions.ts';
import { openDialog } from '../../state/ui-store.ts';
import { exportWords } from '../../text/create-words.ts';
import { deviceMenuWords } from '../../text/device-words.ts';
import { pageWords } from '../../text/page-words.ts';
import { excuseText, firstExcuse } from '../../text/excuse-words.ts';
import { allPartsEntries, partEntries } from './mount-entries.ts';

/** Why nothing can be done to this device at this moment. */
export function deviceExcuse(context: Context, device: LoopDevice): Excuse | null {
  const state = context.appStore.getState();
  const running = state.app?.jobs.some((job) => job.device === device.number && job.state.kind === 'running') ?? false;
  const pending = context.ui.getState().pending.has(keyOf(device));
  return firstExcuse(actionExcuse(state), running ? 'job-running' : null, pending ? 'busy-here' : null);
}

/** Excuse as text for an entry, absent where there is none. */
function withExcuse(...excuses: readonly (Excuse | null)[]): { readonly excuse?: string } {
  const text = excuseText(firstExcuse(...excuses));
  return text === undefined ? {} : { excuse: text };
}

export function deviceEntries(context: Context, device: LoopDevice): MenuGroups {
  const { app } = context.appStore.getState();
  if (app === null) return [];
  const key = keyOf(device);
  const now = deviceExcuse(context, device);
  const path = device.backingFile?.text;
  const [whole] = partsOf(device, context.contents.store.getState().get(key)?.contents ?? []);
  const parted = device.partitions.length > 0 || whole?.content?.kind === 'partition-table';
  const mounts = parted || whole === undefined ? allPartsEntries(context, device, now) : partEntries(context, device, whole, now, true);
  const life: MenuEntry[] = [
    {
      id: 'detach',
      label: deviceMenuWords.detach,
      keys: 'Ctrl+E',
      run: () => void detachDevices(context, [device]),
      ...withExcuse(now),
    },
    ...(device.autoclear
      ? [{ id: 'keep', label: deviceMenuWords.keep, run: () => void keepAttached(context, device), ...withExcuse(now) }]
      : []),
    {
      id: 'resize',
      label: deviceMenuWords.resize,
      keys: 'Ctrl+R',
      run: () => openResize(context, device),
      ...withExcuse(now, resizeExcuse(device)),
    },
  ];
  const look: MenuEntry[] = [
    {
      id: 'export',
      label: exportWords.menu,
      run: () => void openDeviceExport(context, device),
      ...withExcuse(device.backingFileState === 'deleted' ? 'file-deleted' : null),
    },
    ...(app.host === 'electron'
      ? [{ id: 'files', label: deviceMenuWords.showInFiles, run: () => void showInFolder(context, device) }]
      : []),
    {
      id: 'copy-path',
      label: deviceMenuWords.copyPath,
      keys: 'Ctrl+C',
      run: () => void copyText(context, path ?? ''),
      ...withExcuse(path === undefined ? 'file-unknown' : null),
    },
    ...(['losetup', 'platter'] as const).map((program) => ({
      id: `copy-${program}`,
      label: program === 'losetup' ? pageWords.copyLosetup : pageWords.copyPlatter,
      run: () => void copyText(context, program === 'losetup' ? losetupCommand(device) : platterCommand(device)),
      ...withExcuse(commandExcuse(device)),
    })),
    { id: 'copy-node', label: deviceMenuWords.copyNode, keys: 'Ctrl+Shift+C', run: () => void copyText(context, nodePath(device)) },
  ];
  return [mounts, life, look, kernelEntries(context, device, now)];
}

function kernelEntries(context: Context, device: LoopDevice, now: Excuse | null): readonly MenuEntry[] {
  const { app } = context.appStore.getState();
  if (app === null) return [];
  const { ui } = context;
  const key = keyOf(device);
  return [
    { id: 'capacity', label: deviceMenuWords.capacity, run: () => void refreshCapacity(context, device), ...withExcuse(now) },
    {
      id: 'rescan',
      label: deviceMenuWords.rescan,
      run: () => void rescanPartitions(context, device),
      ...withExcuse(now, rescanExcuse(device)),
    },
    {
      id: 'range',
      label: deviceMenuWords.range,
      run: () => openDialog(ui, { kind: 'range', key }),
      ...withExcuse(now, rangeExcuse(device)),
    },
    { id: 'reference', label: deviceMenuWords.reference, run: () => openDialog(ui, { kind: 'reference', key }), ...withExcuse(now) },
    {
      id: 'change-file',
      label: deviceMenuWords.changeFile,
      run: () => void changeBackingFile(context, device),
      ...withExcuse(now, changeFileExcuse(device, app)),
    },
    { id: 'kernel-view', label: deviceMenuWords.kernelView, run: () => openDialog(ui, { kind: 'kernel-view', key }), ...withExcuse(now) },
  ];
}
