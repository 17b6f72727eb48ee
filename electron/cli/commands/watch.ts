/** platter watch: one JSON object a line, first the whole list, then what changes (platter(1), WATCH). */
import { toJsonDevice } from '../context.ts';
import { AppError } from '../../ipc/errors.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { openViewingSession } from '../session.ts';
import { writeOutput } from '../terminal.ts';

function print(line: object): void {
  writeOutput(`${JSON.stringify(line)}\n`);
}

/** Runs until it is interrupted (status 0) or the helper ends (HELPER_LOST). */
export async function watch(): Promise<ExitCode> {
  const session = await openViewingSession();
  try {
    return await new Promise<ExitCode>((resolve, reject) => {
      let shown: number | null = null;
      const waiting: (() => void)[] = [];
      session.client.onNotification((method, changes) => {
        if (method !== 'devices/changed') return;
        const tell = (): void => {
          // What the list has told already is not told again: the newest revision wins.
          if (shown === null || changes.revision <= shown) return;
          shown = changes.revision;
          print({ event: 'changed', ...changes, changed: changes.changed.map(toJsonDevice) });
        };
        if (shown === null) waiting.push(tell);
        else tell();
      });
      session.client.onEnd((reason) => reject(new AppError('HELPER_LOST', { details: reason.message })));
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve(exitCodes.done));
      session
        .call('devices/watch', { safetyRead: true })
        .then(() => session.call('devices/list', {}))
        .then((snapshot) => {
          shown = snapshot.revision;
          print({ event: 'snapshot', ...snapshot, devices: snapshot.devices.map(toJsonDevice) });
          for (const tell of waiting) tell();
        })
        .catch(reject);
    });
  } finally {
    await session.close();
  }
}
