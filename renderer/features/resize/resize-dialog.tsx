/** Resizing as one plan: field, slider and pictures are one value, and the steps are those that will be done (UX.md §3.6). */
import { useState, type ReactElement } from 'react';
import type { Reply } from '../../../electron/ipc/errors.ts';
import type { ResizeSubjectParams } from '../../../electron/ipc/resize-methods.ts';
import type { ResizeEnding, ResizeOutcome } from '../../../electron/ipc/resize.ts';
import { Banner, ErrorBanner } from '../../components/banner.tsx';
import { DialogWindow } from '../../components/dialog.tsx';
import { failureOf, settle } from '../../state/actions.ts';
import { tellResized } from '../../state/device-actions.ts';
import { keyOf } from '../../state/device-facts.ts';
import { useCloseDialog, useDialogWork } from '../../state/own-dialog.ts';
import { useDevice, usePlatter } from '../../state/react-context.ts';
import { detailWords } from '../../text/device-words.ts';
import { showText } from '../../text/format.ts';
import { resizeWords, unfinishedText } from '../../text/resize-words.ts';
import { RebuildForm } from './rebuild-form.tsx';
import { firstValues, ResizeForm, type ResizeChoice, type ResizeFormProps, type ResizeValues } from './resize-form.tsx';
import { ResizeProgress } from './resize-progress.tsx';
import { WaysOut } from './ways-out.tsx';
import { useResizeFacts, type FactsState } from './use-resize-facts.ts';

export interface ResizeDialogProps {
  readonly subject: ResizeSubjectParams;
  /** Name of the image, until the facts are there. */
  readonly name: string;
}

export function ResizeDialog({ subject: asked, name }: ResizeDialogProps): ReactElement {
  const context = usePlatter();
  const [subject, setSubject] = useState(asked);
  const { state, lookAgain } = useResizeFacts(subject);
  // Outlasts the form, which is not there while the image is resized.
  const [values, setValues] = useState<ResizeValues | null>(null);
  const isGone = useIsGone(subject);
  const close = useCloseDialog();
  const action = resizeWords.failedAction(showText(name));
  const { busy, failure, run: work } = useDialogWork(action);

  const settleWith = (kind: 'resize' | ResizeEnding, call: Promise<Reply<ResizeOutcome>>): Promise<void> =>
    work(async () => {
      const reply = await settle(call);
      if (reply.ok) {
        tellResized(context, name, kind, reply.value);
      } else {
        setSubject(await presentSubject(context.appStore, subject, name));
        lookAgain();
      }
      return failureOf(reply);
    });
  const finish = (how: ResizeEnding): void => void settleWith(how, context.api.resizeFinish({ subject, how }));
  const run = (choice: ResizeChoice, asked: ResizeValues): void => {
    setValues(asked);
    void settleWith('resize', context.api.resizeRun({ subject, ...choice }));
  };

  const title = resizeWords.title(showText(name));
  if (busy) {
    return (
      <DialogWindow title={title} size="wide" onClose={close}>
        <ResizeProgress subject={subject} fileName={name} />
      </DialogWindow>
    );
  }
  if (isGone && failure === null) return <GoneDialog title={title} onClose={close} />;
  const facts = state.kind === 'known' ? state.facts : null;
  const unfinished = facts?.unfinished ?? null;
  // Without facts, because what was saved cannot be used at all.
  const isUnusable = state.kind === 'failed' && state.error.code === 'UNDO_UNUSABLE';
  const ways = unfinished === null && !isUnusable ? undefined : <WaysOut replaced={unfinished?.replaced ?? true} onFinish={finish} />;
  const banner = failure === null ? null : <ErrorBanner error={failure} action={action} actions={ways} />;
  if (facts === null || unfinished !== null) {
    return (
      <DialogWindow title={title} size="wide" onClose={close}>
        {banner}
        {failure === null ? <NoPlan state={state} ways={ways} /> : null}
        {state.kind === 'looking' ? <p aria-live="polite">{resizeWords.looking}</p> : null}
      </DialogWindow>
    );
  }
  const shown = values ?? firstValues(facts);
  const form = { subject, name, facts, banner, values: shown, onChange: setValues, onClose: close };
  return <Form {...form} onRun={(choice) => run(choice, shown)} />;
}

interface FormProps extends Omit<ResizeFormProps, 'title' | 'onNew'>, ResizeDialogProps {}

/** Resizes the image, or makes a new one where that cannot be done. */
function Form({ subject, name, ...shared }: FormProps): ReactElement {
  const [isNew, setIsNew] = useState(false);
  if (isNew) return <RebuildForm subject={subject} name={name} facts={shared.facts} onClose={shared.onClose} />;
  return <ResizeForm {...shared} title={resizeWords.title(showText(name))} onNew={() => setIsNew(true)} />;
}

/** True when the device that is meant was detached by somebody else. */
function useIsGone(subject: ResizeSubjectParams): boolean {
  const key = 'device' in subject ? keyOf({ number: subject.device, diskseq: subject.diskseq }) : null;
  return useDevice(key) === undefined && key !== null;
}

function GoneDialog({ title, onClose }: { readonly title: string; readonly onClose: () => void }): ReactElement {
  return (
    <DialogWindow title={title} size="wide" onClose={onClose}>
      <Banner tone="warn" title={detailWords.goneElsewhere} urgent />
    </DialogWindow>
  );
}

/** Why there is nothing to choose: the image could not be looked at, or was left within a resize. */
function NoPlan({ state, ways }: { readonly state: FactsState; readonly ways: ReactElement | undefined }): ReactElement | null {
  if (state.kind === 'failed') return <ErrorBanner error={state.error} actions={ways} />;
  const unfinished = state.kind === 'known' ? state.facts.unfinished : null;
  if (unfinished === null) return null;
  return (
    <Banner tone="warn" title={resizeWords.unfinished} actions={ways}>
      {unfinishedText(unfinished)}
    </Banner>
  );
}

/** A device that was taken away and given back is another one by now; it has the same number. */
async function presentSubject(
  appStore: ReturnType<typeof usePlatter>['appStore'],
  subject: ResizeSubjectParams,
  name: string,
): Promise<ResizeSubjectParams> {
  if ('image' in subject) return subject;
  // The list follows within a moment.
  await new Promise((resolve) => setTimeout(resolve, 300));
  const devices = appStore.getState().app?.devices ?? [];
  const found = devices.find(({ number, backingFile }) => number === subject.device && backingFile?.text.endsWith(name) === true);
  return found === undefined ? subject : { device: found.number, diskseq: found.diskseq };
}
