/** What one process uses of a device, with the memory that finding out took, and how often others had their turn; one line of JSON. For holders-large.test.ts. */
import { listHolders } from '../../../native-helper/operations/holders/holder-list.ts';

const [number = 0, onlyPid = 0] = process.argv.slice(2).map(Number);
let turns = 0;
let isDone = false;
const count = (): void => {
  turns += 1;
  if (!isDone) setImmediate(count);
};
setImmediate(count);
const before = process.resourceUsage().maxRSS;
const list = await listHolders({ number, loops: [], uid: 0, others: 'name', isRoot: false, onlyPid });
isDone = true;
const grownMib = (process.resourceUsage().maxRSS - before) / 1024;
process.stdout.write(JSON.stringify({ list, grownMib, turns }));
