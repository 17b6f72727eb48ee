/** Who uses a device, as a tree: partitions and what lies on top, mounts, programs. For the details pane and the busy dialog. */
import { useId, type ReactElement, type ReactNode } from 'react';
import type { HolderDevice, HolderList, HolderMount, HolderProcess, ProcessUse } from '../../../native-helper/protocol/holders.ts';
import { processKey } from '../../../electron/ipc/holder-facts.ts';
import { join, pickClasses } from '../../components/class-names.ts';
import { ForeignText } from '../../components/foreign-text.tsx';
import { DriveIcon, FolderIcon, LockIcon, ProgramIcon, ShieldIcon, WarnIcon } from '../../components/icons.ts';
import { showText } from '../../text/format.ts';
import { holderWords } from '../../text/holder-words.ts';
import { typeName } from '../../text/mount-words.ts';
import sheet from './holder-tree.module.css';

const css = pickClasses(sheet, ['list', 'nested', 'entry', 'line', 'words', 'name', 'dim', 'actions']);

/** More ways in which one program uses one place than this only repeat themselves. */
const SHOWN_USES = 3;

export interface HolderTreeProps {
  readonly list: HolderList;
  /** Buttons at the end of a program's line. */
  readonly actionsOf?: (process: HolderProcess) => ReactNode;
  /** A button beside the count of other users' programs. */
  readonly namesAction?: ReactNode;
  /** What the tree is about, for screen readers. */
  readonly label: string;
}

export function HolderTree({ list, actionsOf, namesAction, label }: HolderTreeProps): ReactElement {
  const { root, hiddenProcesses, unreadableProcesses, unexplained } = list;
  const entries = entriesOf(root, actionsOf);
  const isEmpty = entries.length === 0 && hiddenProcesses === 0 && unexplained !== 'yes';
  return (
    <ul className={css.list} aria-label={label}>
      {entries}
      {isEmpty ? <li>{holderWords.nobody}</li> : null}
      {hiddenProcesses === 0 ? null : (
        <Line icon={<ShieldIcon aria-hidden />} hint={holderWords.hiddenText} actions={namesAction}>
          {holderWords.hidden(hiddenProcesses)}
        </Line>
      )}
      {unexplained === 'yes' ? (
        <Line icon={<LockIcon aria-hidden />} hint={holderWords.unexplainedText}>
          {holderWords.unexplained}
        </Line>
      ) : null}
      {unreadableProcesses === 0 ? null : <li className={css.dim}>{holderWords.unreadable(unreadableProcesses)}</li>}
    </ul>
  );
}

/** Everything of a device but its own name. Empty: nothing uses it. */
function entriesOf(device: HolderDevice, actionsOf: HolderTreeProps['actionsOf']): readonly ReactElement[] {
  const above = device.devices.filter((one) => one.kind !== 'partition' || entriesOf(one, actionsOf).length > 0);
  return [
    ...device.mounts.map((mount) => <MountEntry key={`mount ${mount.mountId}`} mount={mount} actionsOf={actionsOf} />),
    ...device.processes.map((process) => (
      <ProcessEntry key={processKey(process)} process={process} below={null} actions={actionsOf?.(process)} />
    )),
    ...device.swaps.map(({ text }) => (
      <Line key={`swap ${text}`} icon={<DriveIcon aria-hidden />} hint={<ForeignText>{text}</ForeignText>}>
        {text === `/dev/${device.name}` ? holderWords.swap : holderWords.swapFile}
      </Line>
    )),
    ...(device.btrfsDevices.length === 0
      ? []
      : [
          <Line
            key="btrfs"
            icon={<DriveIcon aria-hidden />}
            hint={<ForeignText>{device.btrfsDevices.filter((name) => name !== device.name).join(', ')}</ForeignText>}
          >
            {holderWords.btrfs}
          </Line>,
        ]),
    ...above.map((one) => <DeviceEntry key={`device ${one.name}`} device={one} actionsOf={actionsOf} />),
  ];
}

interface DeviceEntryProps {
  readonly device: HolderDevice;
  readonly actionsOf: HolderTreeProps['actionsOf'];
}

function DeviceEntry({ device, actionsOf }: DeviceEntryProps): ReactElement {
  const entries = entriesOf(device, actionsOf);
  return (
    <Line
      icon={<DriveIcon aria-hidden />}
      hint={device.title === null ? undefined : <ForeignText>{device.title.text}</ForeignText>}
      inside={entries}
    >
      <bdi dir="ltr">{holderWords.device(device.kind, device.name)}</bdi>
    </Line>
  );
}

interface MountEntryProps {
  readonly mount: HolderMount;
  readonly actionsOf: HolderTreeProps['actionsOf'];
}

function MountEntry({ mount, actionsOf }: MountEntryProps): ReactElement {
  const { mountPoint, fileSystemType, readOnly, namespace, inside, processes } = mount;
  const hints = [
    holderWords.mounted(typeName(fileSystemType), readOnly),
    ...(namespace === null ? [] : [holderWords.elsewhere(namespace.programs, namespace.processCount)]),
  ];
  const entries = [
    ...processes.map((process) => (
      <ProcessEntry key={processKey(process)} process={process} below={mountPoint.text} actions={actionsOf?.(process)} />
    )),
    ...inside.map(({ text }) => (
      <Line key={text} icon={<WarnIcon aria-hidden />} hint={<ForeignText>{text}</ForeignText>}>
        {holderWords.mountedInside}
      </Line>
    )),
  ];
  return (
    <Line icon={<FolderIcon aria-hidden />} hint={<bdi>{hints.join(' · ')}</bdi>} inside={entries}>
      <ForeignText>{mountPoint.text}</ForeignText>
    </Line>
  );
}

interface ProcessEntryProps {
  readonly process: HolderProcess;
  /** Mount point that paths are told relative to. */
  readonly below: string | null;
  readonly actions: ReactNode;
}

function ProcessEntry({ process, below, actions }: ProcessEntryProps): ReactElement {
  const shown = process.uses.slice(0, SHOWN_USES);
  const more = process.uses.length - shown.length + process.moreUses;
  const uses = [...shown.map((use) => holderWords.use(use, relativePath(use, below))), ...(more === 0 ? [] : [holderWords.moreUses(more)])];
  return (
    <Line
      icon={<ProgramIcon aria-hidden />}
      hint={
        <>
          <bdi dir="ltr">{holderWords.who(process)}</bdi>
          {uses.map((use) => (
            <bdi key={use}>{use}</bdi>
          ))}
        </>
      }
      actions={actions}
    >
      <span className={css.name}>
        <ForeignText>{process.name}</ForeignText>
      </span>
    </Line>
  );
}

/** As a person looks for it: below the mount point. */
function relativePath({ path: { text } }: ProcessUse, below: string | null): string {
  if (text === below) return holderWords.theFolder;
  return showText(below !== null && text.startsWith(`${below}/`) ? text.slice(below.length + 1) : text);
}

interface LineProps {
  readonly icon: ReactElement;
  readonly children: ReactNode;
  readonly hint?: ReactNode;
  readonly actions?: ReactNode;
  readonly inside?: readonly ReactElement[];
}

function Line({ icon, children, hint, actions, inside = [] }: LineProps): ReactElement {
  const id = useId();
  return (
    <li className={css.entry}>
      <div className={css.line}>
        {icon}
        <span className={css.words}>
          <span id={id}>{children}</span>
          {hint === undefined ? null : <span className={join(css.words, css.dim)}>{hint}</span>}
        </span>
        {actions === undefined || actions === null ? <span /> : <span className={css.actions}>{actions}</span>}
      </div>
      {inside.length === 0 ? null : (
        <ul className={join(css.list, css.nested)} aria-labelledby={id}>
          {inside}
        </ul>
      )}
    </li>
  );
}
