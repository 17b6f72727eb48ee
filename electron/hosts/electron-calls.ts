/** Calls of the page to main: one channel for each method of the table, taken only from our own page. */
import type { IpcMain, IpcMainInvokeEvent } from 'electron';
import type { Connection } from '../app.ts';
import { AppError, type Reply } from '../ipc/errors.ts';
import { rendererMethods } from '../ipc/methods.ts';

export const PAGE_SCHEME = 'app';
export const PAGE_ORIGIN = 'app://platter';
export const DROP_CHANNEL = 'images/drop';
export const CHANGE_CHANNEL = 'state/change';

/** What must be known of the frame a message came from; null when it is gone already. */
export interface SenderFrame {
  readonly parent: unknown;
  readonly origin: string;
}

/** True for the main frame of a page that was loaded from the program itself. */
export function isOwnFrame(frame: SenderFrame | null | undefined): boolean {
  return frame !== null && frame !== undefined && frame.parent === null && frame.origin === PAGE_ORIGIN;
}

/**
 * Registers every channel there is. `connectionOf` gives the connection of one of our windows by the id of its contents,
 * undefined for anything else.
 */
export function registerCalls(ipc: Pick<IpcMain, 'handle'>, connectionOf: (contents: number) => Connection | undefined): void {
  const handle = (
    channel: string,
    answer: (connection: Connection, argument: unknown) => Reply<unknown> | Promise<Reply<unknown>>,
  ): void => {
    ipc.handle(channel, async (event: IpcMainInvokeEvent, ...words: unknown[]) => {
      const connection = isOwnFrame(event.senderFrame) ? connectionOf(event.sender.id) : undefined;
      const isAnswered = connection !== undefined && words.length <= 1;
      return isAnswered ? answer(connection, words[0]) : { ok: false, error: new AppError('INVALID_CALL').data };
    });
  };
  for (const method of Object.keys(rendererMethods)) handle(method, async (connection, params) => connection.call(method, params));
  handle(DROP_CHANNEL, (connection, paths) => connection.drop(paths));
}
