/** Checking a file system of an image, and repairing it when that is asked for. */
import { useState, type ReactElement } from 'react';
import type { AppErrorData, Reply } from '../../../electron/ipc/errors.ts';
import { foundTrouble } from '../../../electron/ipc/job-verdict.ts';
import type { LibraryImage } from '../../../electron/ipc/library.ts';
import type { CheckResult } from '../../../electron/ipc/maintenance.ts';
import { Banner, ErrorBanner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { DialogWindow } from '../../components/dialog.tsx';
import { RowGroup, SelectRow } from '../../components/rows.tsx';
import { settle, tellFailure, type Context } from '../../state/actions.ts';
import { useIsSeen, useOwnDialog } from '../../state/own-dialog.ts';
import { usePlatter } from '../../state/react-context.ts';
import { openDialog, pushToast } from '../../state/ui-store.ts';
import { toastWords } from '../../text/action-words.ts';
import { checkWords } from '../../text/maintenance-words.ts';
import { useInspection } from '../inspection/use-inspection.ts';
import { JobProgress } from './job-progress.tsx';
import type { LibraryDialogProps } from './library-dialog.tsx';
import { changeExcuse, fileExcuse } from './library-entries.ts';
import { checkableTypes, placesOf, placeText, reachableTypes, type FileSystemPlace } from './use-file-systems.ts';
import sheet from './maintenance.module.css';

const css = pickClasses(sheet, ['note']);
type Stage = { readonly kind: 'ask' } | { readonly kind: 'confirm-repair' } | { readonly kind: 'busy'; readonly mode: 'check' | 'repair' };

export function CheckDialog({ image, onClose }: LibraryDialogProps): ReactElement {
  const context = usePlatter();
  const inspected = useInspection(image);
  const places = inspected.kind === 'ready' ? placesOf(inspected.inspection, checkableTypes) : [];
  const dialog = useOwnDialog();
  const found = dialog.kind === 'library-check' ? dialog.found : undefined;
  const isSeen = useIsSeen();
  const [chosen, setChosen] = useState<string | null>(found?.place ?? null);
  const place = places.find((one) => one.id === chosen) ?? places[0];
  const [stage, setStage] = useState<Stage>({ kind: 'ask' });
  const [result, setResult] = useState<CheckResult | null>(found?.result ?? null);
  const [failure, setFailure] = useState<{ readonly error: AppErrorData; readonly action: string } | null>(null);

  const run = async (mode: 'check' | 'repair'): Promise<void> => {
    if (place === undefined) return;
    setStage({ kind: 'busy', mode });
    setFailure(null);
    setResult(null);
    const reply = await settle(context.api.imagesCheck({ image: image.id, partition: place.partition, mode }));
    setStage({ kind: 'ask' });
    const action = (mode === 'check' ? checkWords.failed : checkWords.repairFailed)(image.name);
    if (!isSeen()) tellUnseen(context, image, place.id, reply, action);
    else if (reply.ok) setResult(reply.value);
    else setFailure({ error: reply.error, action });
  };
  const none = inspected.kind === 'looking' ? checkWords.looking : place === undefined ? checkWords.none : undefined;
  const asksRepair = stage.kind === 'confirm-repair';
  return (
    <DialogWindow
      title={asksRepair ? checkWords.repairTitle(image.name) : checkWords.title(image.name)}
      role={asksRepair ? 'alertdialog' : 'dialog'}
      onClose={asksRepair ? () => setStage({ kind: 'ask' }) : onClose}
      leave={!asksRepair && (stage.kind === 'busy' || result !== null) ? 'close' : 'cancel'}
      confirm={{
        label: asksRepair ? checkWords.repairNow : checkWords.confirm,
        tone: asksRepair ? 'destructive' : 'accent',
        run: () => void run(asksRepair ? 'repair' : 'check'),
        busy: stage.kind === 'busy',
        excuse: (asksRepair ? changeExcuse(context, image) : fileExcuse(image)) ?? none,
      }}
    >
      {failure === null ? null : <ErrorBanner error={failure.error} action={failure.action} />}
      {inspected.kind === 'failed' ? <ErrorBanner error={inspected.error} action={checkWords.failed(image.name)} /> : null}
      {asksRepair ? <p>{checkWords.repairText}</p> : null}
      {result === null || asksRepair ? null : <Verdict result={result} onRepair={() => setStage({ kind: 'confirm-repair' })} />}
      {stage.kind === 'busy' ? <JobProgress image={image} kinds={['check', 'repair']} /> : null}
      {asksRepair ? null : <Choice places={places} place={place} looking={none} onChange={setChosen} />}
    </DialogWindow>
  );
}

/** The dialog was closed while it was looked: what was found is told all the same, and shown again when that is wanted. */
function tellUnseen(context: Context, image: LibraryImage, place: string, reply: Reply<CheckResult>, action: string): void {
  if (!reply.ok) {
    tellFailure(context, action, reply.error);
    return;
  }
  const result = reply.value;
  const isBad = foundTrouble({ kind: 'check', outcome: result.outcome });
  const show = (): void => openDialog(context.ui, { kind: 'library-check', image: image.id, found: { place, result } });
  pushToast(context.ui, {
    text: checkWords.told(image.name, result.outcome),
    action: { label: toastWords.show, run: show },
    ...(isBad ? { tone: 'error', lifeMs: null } : { lifeMs: 10_000 }),
  });
}

interface ChoiceProps {
  readonly places: readonly FileSystemPlace[];
  readonly place: FileSystemPlace | undefined;
  /** Said while there is nothing to choose. */
  readonly looking: string | undefined;
  readonly onChange: (id: string) => void;
}

function Choice({ places, place, looking, onChange }: ChoiceProps): ReactElement {
  if (place === undefined) return <p role="status">{looking}</p>;
  const copies = place.partition !== null && !reachableTypes.has(place.content.type);
  return (
    <>
      <RowGroup>
        <SelectRow
          label={checkWords.what}
          value={place.id}
          options={places.map((one) => ({ id: one.id, label: placeText(one) }))}
          onChange={onChange}
        />
      </RowGroup>
      <p className={css.note}>{copies ? `${checkWords.explain} ${checkWords.explainCopy}` : checkWords.explain}</p>
    </>
  );
}

function Verdict({ result, onRepair }: { readonly result: CheckResult; readonly onRepair: () => void }): ReactElement {
  const { outcome, refusal, output, program } = result;
  const isBad = foundTrouble({ kind: 'check', outcome });
  const canRepair = outcome === 'damaged' && refusal === null;
  return (
    <Banner
      tone={isBad ? 'error' : 'info'}
      title={checkWords.outcomes[outcome]}
      urgent
      raw={`${checkWords.said(program)}\n${output}`}
      actions={canRepair ? <Button onPress={onRepair}>{checkWords.repair}</Button> : undefined}
    >
      <p>{checkWords.texts[outcome]}</p>
      {isBad && refusal !== null ? <p>{checkWords.refusals[refusal]}</p> : null}
    </Banner>
  );
}
