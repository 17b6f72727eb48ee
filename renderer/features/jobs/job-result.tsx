/** What a job made, and what can be done with it next. */
import type { ReactElement } from 'react';
import type { Job, MadeImage } from '../../../electron/ipc/state.ts';
import { Button } from '../../components/button.tsx';
import { settle, showDevice, tellFailure, type Context } from '../../state/actions.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';
import { openDialog } from '../../state/ui-store.ts';
import { actionTitles } from '../../text/action-words.ts';
import { madeWords } from '../../text/create-words.ts';

/** One sentence on the new file; null where the job made none. */
export function resultText({ result, state }: Pick<Job, 'result' | 'state'>): string | null {
  if (result?.kind !== 'image') return null;
  const { image, device } = result;
  if (state.kind === 'failed') return device === null ? madeWords.notAttached(image.name) : madeWords.notMounted(image.name);
  return device === null ? madeWords.made(image.name) : madeWords.madeAndAttached(image.name, device);
}

export interface ResultActionsProps {
  readonly job: Job;
  /** After one was chosen. */
  readonly onChosen: () => void;
}

export function ResultActions({ job, onChosen }: ResultActionsProps): ReactElement | null {
  const context = usePlatter();
  const isElectron = useStoreState((state) => state.app?.host === 'electron');
  const { result } = job;
  if (result?.kind !== 'image') return null;
  const { image, device } = result;
  const choose = (act: () => void) => (): void => {
    onChosen();
    act();
  };
  return (
    <>
      {device === null ? null : <Button onPress={choose(() => showDevice(context, device))}>{madeWords.show}</Button>}
      {device === null && isRawImage(job) ? (
        <Button onPress={choose(() => openDialog(context.ui, { kind: 'attach', image }))}>{madeWords.attach}</Button>
      ) : null}
      {isElectron ? <Button onPress={choose(() => void showInFolder(context, result))}>{madeWords.showInFolder}</Button> : null}
    </>
  );
}

/** What was exported is no image that can be attached. */
function isRawImage({ title }: Job): boolean {
  return title.kind !== 'export';
}

async function showInFolder(context: Context, { image }: MadeImage): Promise<void> {
  const reply = await settle(context.api.libraryShowInFolder({ image: image.id }));
  if (!reply.ok) tellFailure(context, actionTitles.showInFiles, reply.error);
}
