/** Lists who uses a device, and closes one process, with the rights this program was started with; one line of JSON. For holders-capabilities.test.ts. */
import { closeHolder } from '../../../native-helper/operations/holders/close-holder.ts';
import { listHolders } from '../../../native-helper/operations/holders/holder-list.ts';
import { HelperError } from '../../../native-helper/protocol/errors.ts';
import { toDecimal } from '../../../native-helper/protocol/scalars.ts';

const [number = 0, pid = 0, startTime = 0] = process.argv.slice(2).map(Number);
const list = await listHolders({ number, loops: [], uid: 0, others: 'name', isRoot: true });
const params = { device: number, diskseq: toDecimal(1), pid, startTime: toDecimal(startTime), signal: 'terminate' } as const;
const closed = await closeHolder([], params, new AbortController().signal).then(
  () => 'closed',
  (error: unknown) => (error instanceof HelperError ? `${error.code} ${error.errno ?? ''}`.trim() : String(error)),
);
process.stdout.write(JSON.stringify({ root: list?.root, unreadable: list?.unreadableProcesses, closed }));
