/** What the window can do about a device that is waited for; each tells its outcome itself. */
import type { DetachChoice, DetachRun } from '../../electron/ipc/detaching.ts';
import type { CloseSignal, HolderProcess } from '../../native-helper/protocol/holders.ts';
import { actionTitles } from '../text/action-words.ts';
import { settle, tellFailure, type Context } from './actions.ts';

/** A run that ended by itself needs no choice any more. */
export async function chooseForRun(context: Context, run: number, choice: DetachChoice): Promise<void> {
  const found = context.appStore.getState().app?.detachRuns.find(({ id }) => id === run);
  if (choice === 'when-free' && found !== undefined) {
    const key = `${found.device}:${found.diskseq}`;
    context.ui.setState(({ deferred }) => ({ deferred: new Set([...deferred, key]) }));
  }
  const reply = await settle(context.api.detachesChoose({ run, choice }));
  if (reply.ok || reply.error.code === 'RUN_GONE') return;
  const title = choice === 'name-others' ? actionTitles.nameOthers : actionTitles.closePrograms;
  tellFailure(context, choice === 'close' || choice === 'force' || choice === 'name-others' ? title : actionTitles.job, reply.error);
}

export async function closeProgram(
  context: Context,
  run: DetachRun,
  { pid, startTime, name }: HolderProcess,
  signal: CloseSignal,
): Promise<void> {
  const reply = await settle(context.api.detachesCloseProgram({ run: run.id, pid, startTime, signal }));
  if (!reply.ok && reply.error.code !== 'RUN_GONE') tellFailure(context, actionTitles.closeProgram(name), reply.error);
}

/** The last of them has ended: failures are told. */
export function endRuns(context: Context, failed: readonly DetachRun[]): void {
  for (const { id, fileName, state } of failed) {
    if (state.kind === 'failed') tellFailure(context, actionTitles.detach(fileName), state.error);
    void settle(context.api.detachesChoose({ run: id, choice: 'cancel' }));
  }
}
