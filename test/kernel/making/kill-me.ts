/** Begins to pack a file and says so on standard output, to be killed then: `kill-me.ts SOURCE FOLDER`. */
import { planExport } from '../../../electron/images/making/export-image.ts';

const [source = '', folder = ''] = process.argv.slice(2);
const place = { folder: Buffer.from(folder), name: Buffer.from('never.xz') };
const plan = await planExport({ sourceFormat: { kind: 'raw' }, source: Buffer.from(source), place, format: 'xz', compress: false });
await plan.run(new AbortController().signal, ({ bytesDone }) => {
  if ((bytesDone ?? 0n) > 0n) process.stdout.write('begun\n');
});
