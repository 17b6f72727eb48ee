/** The words about who uses a device, and of the dialog that waits for them. */
import type { HolderDevice, HolderList, HolderProcess, ProcessUse } from '../../native-helper/protocol/holders.ts';
import { processesOf } from '../../electron/ipc/holder-facts.ts';
import { count, formatNumber, showText } from './format.ts';

const modes = { read: 'open for reading', write: 'open for writing', 'read-write': 'open for reading and writing' } as const;

const kinds: Readonly<Record<HolderDevice['kind'], string>> = {
  loop: 'Loop device',
  partition: 'Partition',
  luks: 'Unlocked (LUKS)',
  encrypted: 'Unlocked',
  lvm: 'LVM volume',
  multipath: 'Multipath device',
  'device-mapper': 'Mapping',
  md: 'RAID',
  stacked: 'Device on top',
};

export const holderWords = {
  nobody: 'Nothing uses it.',
  looking: 'Looking who uses it…',
  failed: 'Who uses it could not be found out.',
  device: (kind: HolderDevice['kind'], name: string) => `${kinds[kind]} ${name}`,
  swap: 'Used as swap',
  swapFile: 'Swap file',
  mounted: (type: string, readOnly: boolean) => `${type}${readOnly ? ', read-only' : ''}`,
  mountedInside: 'Mounted inside it',
  btrfs: 'Part of a Btrfs file system with',
  elsewhere: (programs: readonly { readonly pid: number; readonly name: string }[], processes: number) => {
    const named = programs.map(({ name, pid }) => `${showText(name)} (${pid})`);
    const others = processes - programs.length;
    const more = others === 0 ? [] : [named.length === 0 ? count(others, 'process', 'processes') : `${formatNumber(others)} more`];
    return `Mounted only for ${[...named, ...more].join(', ') || 'a closed set of programs'}`;
  },
  /** Process and user, such as `4211 · maria`. */
  who: ({ pid, user, uid }: HolderProcess) => `${pid} · ${showText(user ?? String(uid))}`,
  use: (use: ProcessUse, path: string) => {
    switch (use.kind) {
      case 'open':
        return `${path}, ${modes[use.mode ?? 'read']}`;
      case 'node':
        return `the device ${path}, ${modes[use.mode ?? 'read']}`;
      case 'cwd':
        return `works in ${path}`;
      case 'root':
        return `has ${path} as its root folder`;
      case 'exe':
        return `runs ${path}`;
      case 'mapped':
        return `${path}, in memory`;
    }
  },
  theFolder: 'the top folder',
  moreUses: (many: number) => `and ${formatNumber(many)} more`,
  hidden: (many: number) => `${count(many, 'program', 'programs')} of other users`,
  hiddenText: 'Their names are told with an administrator’s permission.',
  showNames: 'Show Names',
  unreadable: (many: number) => `${count(many, 'process', 'processes')} could not be looked into, or only in part.`,
  unexplained: 'Something keeps it that cannot be seen',
  unexplainedText: 'A program has it open for itself alone, or it is mounted where nobody can look.',
  close: 'Close',
  closeOf: (name: string) => `Close ${showText(name)}`,
  force: 'Force Close',
  forceOf: (name: string) => `Force Close ${showText(name)}`,
  asked: 'Asked to close…',
  otherUser: 'The system asks before a program of another user is closed.',
} as const;

export const busyWords = {
  title: 'In Use',
  usersOf: (image: string) => `Who uses ${image}`,
  lead: (image: string, list: HolderList | null) => {
    if (list === null) return `“${image}” is in use. ${holderWords.looking}`;
    const programs = processesOf(list).length + list.hiddenProcesses;
    if (programs > 0) return `${count(programs, 'program uses', 'programs use')} “${image}”.`;
    return `“${image}” is in use.`;
  },
  trying: (image: string) => `Nothing uses “${image}” any more. Detaching…`,
  choices: 'What to do',
  wait: 'Wait, then detach',
  waitText: 'As soon as nothing uses it, it is detached by itself. This list is live.',
  close: 'Close the programs and detach',
  closeText: 'They are asked to end and can still save their work.',
  whenFree: 'Detach when the last user lets go',
  whenFreeText: 'Left to the system. Until then it stays usable, and you can change your mind.',
  confirmWait: 'Wait',
  confirmClose: 'Close Programs',
  confirmForce: 'Force Close',
  confirmWhenFree: 'Detach When Free',
  forceText: 'Not every program has ended. Forcing them loses what they have not saved.',
  noPrograms: 'There is no program to close.',
} as const;

export const mineWords = {
  title: 'Detach All of Mine',
  lead: (many: number) => `${count(many, 'image that you attached is', 'images that you attached are')} detached, and unmounted first.`,
  none: 'Nothing is attached by you.',
  confirm: 'Detach All',
  looking: 'Looking what is yours…',
  failed: 'Could not find out what is yours',
  list: 'Images that will be detached',
} as const;
