/** Shows a folder in the person's file manager, by the desktop's own opener. Both hosts of the window. */
import { spawn } from 'node:child_process';
import { AppError } from '../ipc/errors.ts';
import { withNothingInherited } from './inherited-descriptors.ts';

/**
 * Resolves when the opener runs: it may last as long as the file manager does, which is why Electron's shell.openPath is no use here
 * (it answers when the opener has ended). Throws NOT_IN_THIS_HOST where there is no opener.
 */
export async function openFolder(path: string): Promise<void> {
  const streams = ['ignore', 'ignore', 'ignore'] as const;
  const child = withNothingInherited(streams, (stdio) => spawn('xdg-open', [path], { stdio, detached: true }));
  child.unref();
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(new AppError('NOT_IN_THIS_HOST', { details: error.message }, { cause: error })));
  });
}
