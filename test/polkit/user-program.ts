/**
 * What a user of the world runs in place of the window: the real client of the helper, told what to do by JSON lines on its
 * standard input. Answers each with one JSON line. Run by world.ts with the rights of that user.
 */
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { HelperLost } from '../../electron/helper/helper-client.ts';
import type { HelperFiles } from '../../electron/helper/helper-paths.ts';
import { startHelper, type RunningHelper } from '../../electron/helper/helper-process.ts';
import { HelperError } from '../../native-helper/protocol/errors.ts';
import type { MethodName, ParamsInputOf } from '../../native-helper/protocol/methods.ts';

export type Order =
  | { readonly id: number; readonly do: 'start'; readonly files: HelperFiles; readonly direct?: boolean }
  | {
      readonly id: number;
      readonly do: 'call';
      readonly method: MethodName;
      readonly params: object;
      readonly file?: { path: string; flags: string | number };
    }
  | { readonly id: number; readonly do: 'stop' };

let helper: RunningHelper | null = null;

async function obey(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'start': {
      const outcome = await startHelper({ kind: order.direct === true ? 'direct' : 'pkexec' }, { files: order.files });
      if (outcome.kind !== 'ready') return outcome;
      helper = outcome;
      return { kind: 'ready', hello: outcome.hello };
    }
    case 'call':
      return call(order);
    case 'stop': {
      await helper?.stop();
      const end = await helper?.ended;
      helper = null;
      return end?.details ?? '';
    }
    default:
      throw new TypeError(order satisfies never);
  }
}

async function call(order: Order & { do: 'call' }): Promise<unknown> {
  if (helper === null) throw new Error('no helper');
  const fd = order.file === undefined ? null : openSync(order.file.path, order.file.flags);
  try {
    const params = order.params as ParamsInputOf<typeof order.method>;
    return { ok: await helper.client.call(order.method, params, fd === null ? {} : { descriptors: [fd] }) };
  } catch (error) {
    if (error instanceof HelperError) return { failed: error.toData() };
    if (error instanceof HelperLost) return { lost: true };
    throw error;
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const input = createInterface({ input: process.stdin });
input.on('line', (line) => {
  const order = JSON.parse(line) as Order;
  obey(order).then(
    (result) => say({ id: order.id, result }),
    (error: unknown) => say({ id: order.id, fault: String(error) }),
  );
});
input.on('close', () => process.exit(0));
say({ id: 0, result: { pid: process.pid } });
