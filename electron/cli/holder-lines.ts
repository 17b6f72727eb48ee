/** Who uses a device, as lines of a tree for the terminal. Pure. */
import type {
  HolderDevice,
  HolderList,
  HolderMount,
  HolderProcess,
  MountNamespace,
  ProcessUse,
} from '../../native-helper/protocol/holders.ts';
import type { KernelText } from '../../native-helper/protocol/scalars.ts';
import { showName, showText, type Context } from './context.ts';

interface Entry {
  readonly text: string;
  readonly inside: readonly Entry[];
}

/** Ways in which one program uses one place; more only repeat themselves. */
const SHOWN_USES = 2;

const kinds: Readonly<Record<HolderDevice['kind'], string>> = {
  loop: 'loop device',
  partition: 'partition',
  luks: 'LUKS',
  encrypted: 'dm-crypt',
  lvm: 'LVM',
  multipath: 'multipath',
  'device-mapper': 'device mapper',
  md: 'MD RAID',
  stacked: 'on top',
};
const modes = { read: 'reading', write: 'writing', 'read-write': 'reading and writing' } as const;

/** The whole tree, the device first; nothing but the device when nobody uses it. */
function holderLines(list: HolderList, context: Context, mayAskForNames: boolean): readonly string[] {
  const { root, hiddenProcesses, unreadableProcesses, unexplained } = list;
  const notes: Entry[] = [];
  const advice = mayAskForNames ? ' (--names asks for authorization)' : '';
  if (hiddenProcesses > 0) notes.push(leaf(`${programs(hiddenProcesses)} of other users${advice}`));
  if (unexplained === 'yes') notes.push(leaf('something that cannot be seen: claimed by a program, or mounted where nobody can look'));
  if (unreadableProcesses > 0) {
    notes.push(
      leaf(
        `${unreadableProcesses === 1 ? '1 process' : `${unreadableProcesses} processes`} could not be looked into, or only in part${advice}`,
      ),
    );
  }
  const title = root.title === null ? '' : `  ${showName(root.title, context)}`;
  return [`/dev/${root.name}${title}`, ...drawn([...entriesOf(root, context), ...notes], '', context)];
}

export interface HolderTextOptions {
  /** Before each line. */
  readonly indent?: string;
  /** Whether asking for names could tell more: not root, who was told everything, nor who was named them already. */
  readonly mayAskForNames: boolean;
}

/** The same as one text. */
export function holderText(list: HolderList, context: Context, { indent = '', mayAskForNames }: HolderTextOptions): string {
  return holderLines(list, context, mayAskForNames)
    .map((line) => `${indent}${line}\n`)
    .join('');
}

function programs(many: number): string {
  return many === 1 ? '1 program' : `${many} programs`;
}

function leaf(text: string): Entry {
  return { text, inside: [] };
}

function drawn(entries: readonly Entry[], indent: string, context: Context): readonly string[] {
  const { utf8 } = context.output;
  return entries.flatMap(({ text, inside }, index) => {
    const isLast = index === entries.length - 1;
    const [branch, below] = isLast ? [utf8 ? '└─ ' : '`- ', '   '] : [utf8 ? '├─ ' : '|- ', utf8 ? '│  ' : '|  '];
    return [`${indent}${branch}${text}`, ...drawn(inside, `${indent}${below}`, context)];
  });
}

function entriesOf(device: HolderDevice, context: Context): readonly Entry[] {
  const others = device.btrfsDevices.filter((name) => name !== device.name);
  return [
    ...device.mounts.map((mount) => mountEntry(mount, context)),
    ...device.processes.map((process) => processEntry(process, null, context)),
    ...device.swaps.map((path) => leaf(`swap ${showName(path, context)}`)),
    ...(others.length === 0 ? [] : [leaf(`Btrfs together with ${others.join(', ')}`)]),
    ...device.devices.map((above) => {
      const title = above.title === null ? '' : `  ${showName(above.title, context)}`;
      return { text: `${above.name}  ${kinds[above.kind]}${title}`, inside: entriesOf(above, context) };
    }),
  ];
}

/** `for bash (4211) only` */
export function describeNamespace({ programs: known, processCount }: MountNamespace, context: Context): string {
  const named = known.map(({ pid, name }) => `${showText(name, context)} (${pid})`);
  return `for ${named.join(', ') || `${processCount} processes`} only`;
}

function mountEntry({ mountPoint, fileSystemType, readOnly, namespace, inside, processes }: HolderMount, context: Context): Entry {
  const where = namespace === null ? '' : `, ${describeNamespace(namespace, context)}`;
  return {
    text: `${showName(mountPoint, context)}  ${fileSystemType}${readOnly ? ', read-only' : ''}${where}`,
    inside: [
      ...processes.map((process) => processEntry(process, mountPoint, context)),
      ...inside.map((path) => leaf(`mounted inside: ${showName(path, context)}`)),
    ],
  };
}

/** `bash (4211), maria: works in .` */
function processEntry(process: HolderProcess, below: KernelText | null, context: Context): Entry {
  const shown = process.uses.slice(0, SHOWN_USES).map((use) => describeUse(use, below, context));
  const more = process.uses.length - shown.length + process.moreUses;
  const uses = [...shown, ...(more > 0 ? [`${more} more`] : [])].join('; ');
  return leaf(`${showText(process.name, context)} (${process.pid}), ${showText(process.user ?? String(process.uid), context)}: ${uses}`);
}

function describeUse({ kind, path, mode }: ProcessUse, below: KernelText | null, context: Context): string {
  const whole = showName(path, context);
  const base = below === null ? null : showName(below, context);
  const shown = base !== null && whole.startsWith(`${base}/`) ? whole.slice(base.length + 1) : whole === base ? '.' : whole;
  switch (kind) {
    case 'open':
    case 'node':
      return `${shown} open for ${modes[mode ?? 'read']}`;
    case 'cwd':
      return `works in ${shown}`;
    case 'root':
      return `has ${shown} as root`;
    case 'exe':
      return `runs ${shown}`;
    case 'mapped':
      return `${shown} mapped`;
    default:
      return kind satisfies never;
  }
}
