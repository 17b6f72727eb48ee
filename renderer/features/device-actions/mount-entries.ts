/** The actions of one part of a device as menu entries: mounting, and what can be done with what is mounted. */
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import type { MenuEntry } from '../../components/menu.tsx';
import type { Context } from '../../state/actions.ts';
import { keyOf } from '../../state/device-facts.ts';
import type { Excuse } from '../../state/excuses.ts';
import {
  choiceOf,
  growFileSystem,
  mountDevice,
  mountPart,
  opensFolders,
  openOrCopy,
  toggleMount,
  trimMount,
  unmountAll,
} from '../../state/mount-actions.ts';
import { growFileSystemExcuse, mountExcuse, mountToOpen, trimExcuse, type Part } from '../../state/parts.ts';
import { mountWords } from '../../text/mount-words.ts';
import { excuseText, firstExcuse } from '../../text/excuse-words.ts';

function withExcuse(...excuses: readonly (Excuse | null)[]): { readonly excuse?: string } {
  const text = excuseText(firstExcuse(...excuses));
  return text === undefined ? {} : { excuse: text };
}

/** `now`: why nothing can be done at this moment. `keys`: shows the shortcut, where the part is what it acts on. */
export function partEntries(context: Context, device: LoopDevice, part: Part, now: Excuse | null, keys: boolean): readonly MenuEntry[] {
  const [mount] = part.mounts;
  const shortcut = keys ? { keys: 'Ctrl+M' } : {};
  if (mount === undefined) {
    const known = context.contents.store.getState().get(keyOf(device));
    const excuse = withExcuse(now, mountExcuse(part, known));
    const writable: MenuEntry = {
      id: 'mount',
      label: mountWords.mount,
      ...shortcut,
      run: () => void mountPart(context, device, part, false),
      ...excuse,
    };
    const readOnly: MenuEntry = {
      id: 'mount-read-only',
      label: mountWords.mountReadOnly,
      run: () => void mountPart(context, device, part, true),
      ...excuse,
    };
    // One reason is enough where there is one.
    return part.readOnly || excuse.excuse !== undefined ? [writable] : [writable, readOnly];
  }
  return [
    {
      id: 'open-mount',
      label: opensFolders(context) ? mountWords.open : mountWords.copyFolder,
      run: () => void openOrCopy(context, device, mount),
    },
    {
      id: 'unmount',
      label: mountWords.unmount,
      ...shortcut,
      run: () => void unmountAll(context, device, part.mounts),
      ...withExcuse(now),
    },
    {
      id: 'trim',
      label: mountWords.trim,
      run: () => void trimMount(context, device, mount),
      ...withExcuse(now, trimExcuse(part)),
    },
    {
      id: 'grow-file-system',
      label: mountWords.growFileSystem,
      run: () => void growFileSystem(context, device, mount),
      ...withExcuse(now, growFileSystemExcuse(part)),
    },
  ];
}

/** The same for a device with partitions as a whole: all of them at once. */
export function allPartsEntries(context: Context, device: LoopDevice, now: Excuse | null): readonly MenuEntry[] {
  const { mounted, mountable, excuse } = choiceOf(context, device);
  const mount = mountToOpen(device, null);
  const entries: MenuEntry[] = [];
  if (mount !== null) {
    entries.push({
      id: 'open-mount',
      label: opensFolders(context) ? mountWords.open : mountWords.copyFolder,
      run: () => void openOrCopy(context, device, mount),
    });
  }
  if (mounted.length > 0) {
    entries.push({
      id: 'unmount',
      label: mounted.length > 1 ? mountWords.unmountAll : mountWords.unmount,
      keys: 'Ctrl+M',
      run: () => void toggleMount(context, device),
      ...withExcuse(now),
    });
  }
  if (mounted.length === 0 || mountable.length > 0) {
    entries.push({
      id: 'mount',
      label: mountable.length > 1 ? mountWords.mountAll : mountWords.mount,
      ...(mounted.length === 0 ? { keys: 'Ctrl+M' } : {}),
      run: () => void mountDevice(context, device),
      ...withExcuse(now, mountable.length === 0 ? excuse : null),
    });
  }
  return entries;
}
