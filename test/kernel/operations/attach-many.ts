/**
 * One of several processes that attach and detach at the same time: FOLDER NAME COUNT. Attaches COUNT images one after the other, checks each,
 * detaches every second one, and prints the numbers of those that remain.
 */
import { constants, openSync, closeSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescriptorPoller } from '../../../native-helper/linux/poller.ts';
import { createHandlers } from '../../../native-helper/operations/handlers.ts';
import { createRecordKernel } from '../../../native-helper/records/kernel.ts';
import { createRecords } from '../../../native-helper/records/ownership.ts';
import { plainAttach } from './plain-attach.ts';

const [folder = '', name = '', count = ''] = process.argv.slice(2);
const poller = new DescriptorPoller();
const records = createRecords({ uid: 0, kernel: createRecordKernel(() => false), folder: join(folder, `records-${name}`) });
const { handlers, stop } = createHandlers({ mode: 'elevated', uid: 0, records, poller, notify: () => {} });
const { signal } = new AbortController();
const left: number[] = [];

for (let index = 0; index < Number(count); index++) {
  const path = join(folder, `${name}-${index}.img`);
  writeFileSync(path, '');
  truncateSync(path, 65_536);
  const fd = openSync(path, constants.O_RDWR);
  const { device } = await handlers['devices/attach'](plainAttach, { signal, descriptors: [fd] });
  closeSync(fd);
  if (device.backingFile?.text !== path) throw new Error(`loop${device.number} has ${device.backingFile?.text} and not ${path}`);
  if (index % 2 === 0) left.push(device.number);
  else await handlers['devices/detach']({ device: device.number, diskseq: device.diskseq, whenFree: false }, { signal, descriptors: [] });
}
process.stdout.write(JSON.stringify(left));
stop();
await poller.stop();
