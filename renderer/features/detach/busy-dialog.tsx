/** Who uses devices that shall be detached, live; finishes by itself when the lists empty, or as the person chooses (UX.md §3.7). */
import { useEffect, useState, type ReactElement } from 'react';
import { useShallow } from 'zustand/react/shallow';
import type { DetachChoice, DetachRun } from '../../../electron/ipc/detaching.ts';
import type { HolderList, HolderProcess } from '../../../native-helper/protocol/holders.ts';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { DialogWindow } from '../../components/dialog.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { RadioCard, type RadioOption } from '../../components/radio.tsx';
import { ScrollRegion } from '../../components/scroll-region.tsx';
import { chooseForRun, closeProgram, endRuns } from '../../state/detach-actions.ts';
import { canForce, closingOf, holdersOf, programsOf } from '../../state/detach-runs.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';
import { useCloseDialog } from '../../state/own-dialog.ts';
import { showText } from '../../text/format.ts';
import { busyWords, holderWords } from '../../text/holder-words.ts';
import { HolderTree } from '../holders/holder-tree.tsx';
import sheet from './busy-dialog.module.css';

const css = pickClasses(sheet, ['image', 'tree', 'lead']);

export interface BusyDialogProps {
  readonly runs: readonly number[];
}

type Choice = 'wait' | 'close' | 'when-free';

export function BusyDialog({ runs: ids }: BusyDialogProps): ReactElement | null {
  const context = usePlatter();
  const close = useCloseDialog();
  const [choice, setChoice] = useState<Choice>('wait');
  const runs: readonly DetachRun[] = useStoreState(
    useShallow((state) => (state.app?.detachRuns ?? []).filter(({ id }) => ids.includes(id))),
  );
  const failed = runs.filter(({ state }) => state.kind === 'failed');
  const isOver = runs.length === failed.length;
  useEffect(() => {
    if (!isOver) return;
    close();
    endRuns(context, failed);
  });
  if (isOver) return null;

  const force = choice === 'close' && runs.some(({ state }) => canForce(state));
  const isTrying = runs.every(({ state }) => state.kind !== 'waiting');
  const tell = (what: DetachChoice): void => {
    for (const { id } of runs) void chooseForRun(context, id, what);
  };
  const cancel = (): void => {
    tell('cancel');
    close();
  };
  const confirm = (): void => {
    tell(force ? 'force' : choice);
    if (choice === 'wait') close();
  };
  return (
    <DialogWindow
      title={busyWords.title}
      role="alertdialog"
      onClose={cancel}
      confirm={{
        label: force ? busyWords.confirmForce : confirmLabels[choice],
        run: confirm,
        busy: isTrying && choice !== 'wait',
        tone: force ? 'destructive' : 'accent',
      }}
    >
      {runs.map((run) => (
        <RunHolders key={run.id} run={run} />
      ))}
      {force ? <Banner tone="warn">{busyWords.forceText}</Banner> : null}
      <RadioCard label={busyWords.choices} value={choice} options={optionsFor(runs)} onChange={setChoice} />
    </DialogWindow>
  );
}

const confirmLabels: Readonly<Record<Choice, string>> = {
  wait: busyWords.confirmWait,
  close: busyWords.confirmClose,
  'when-free': busyWords.confirmWhenFree,
};

function optionsFor(runs: readonly DetachRun[]): readonly RadioOption<Choice>[] {
  const hasPrograms = runs.some(({ state }) => programsOf(state).length > 0);
  return [
    { id: 'wait', label: busyWords.wait, hint: busyWords.waitText },
    { id: 'close', label: busyWords.close, hint: busyWords.closeText, excuse: hasPrograms ? undefined : busyWords.noPrograms },
    { id: 'when-free', label: busyWords.whenFree, hint: busyWords.whenFreeText },
  ];
}

function RunHolders({ run }: { readonly run: DetachRun }): ReactElement {
  const context = usePlatter();
  const image = showText(run.fileName);
  const list: HolderList | null = holdersOf(run.state);
  const isTrying = run.state.kind !== 'waiting';
  return (
    <section className={css.image} aria-label={image}>
      <p role="status" className={css.lead}>
        {isTrying ? busyWords.trying(image) : busyWords.lead(image, list)}
      </p>
      {list === null ? null : (
        <ScrollRegion label={busyWords.usersOf(image)} className={css.tree}>
          <HolderTree
            list={list}
            label={busyWords.usersOf(image)}
            actionsOf={(process) => <ProgramActions run={run} process={process} />}
            namesAction={<Button onPress={() => void chooseForRun(context, run.id, 'name-others')}>{holderWords.showNames}</Button>}
          />
        </ScrollRegion>
      )}
    </section>
  );
}

function ProgramActions({ run, process }: { readonly run: DetachRun; readonly process: HolderProcess }): ReactElement {
  const context = usePlatter();
  const closing = closingOf(run.state, process);
  if (closing?.state === 'forceable') {
    return (
      <Button
        tone="destructive"
        accessibleName={holderWords.forceOf(process.name)}
        onPress={() => void closeProgram(context, run, process, 'kill')}
      >
        {holderWords.force}
      </Button>
    );
  }
  return (
    <Button
      accessibleName={holderWords.closeOf(process.name)}
      excuse={closing === null ? undefined : holderWords.asked}
      onPress={() => void closeProgram(context, run, process, 'terminate')}
    >
      {holderWords.close}
    </Button>
  );
}
