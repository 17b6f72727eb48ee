/**
 * The contract of test/fakes/udisks-contract.ts over the real udisks2. Run inside the desktop machine by test/vm/desktop/3-udisks.test.ts, as
 * the person who sits at it.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { startHelper, type RunningHelper } from '../../../electron/helper/helper-process.ts';
import { UdisksClient } from '../../../electron/udisks/udisks-client.ts';
import { Udisksctl } from '../../../electron/udisks/udisksctl.ts';
import { describeUdisks } from '../../fakes/udisks-contract.ts';

let folder = '';
let helper: RunningHelper | null = null;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'platter-udisks-'));
  execFileSync('truncate', ['-s', '16M', join(folder, 'disk.img')]);
  execFileSync('/sbin/mkfs.ext4', ['-q', '-L', 'UDISKS', join(folder, 'disk.img')]);
  const outcome = await startHelper({ kind: 'view' });
  if (outcome.kind !== 'ready') throw new Error(`${outcome.kind}: ${outcome.details}`);
  helper = outcome;
});
afterAll(async () => {
  await helper?.stop();
  rmSync(folder, { recursive: true });
});
describeUdisks({
  client: () => {
    if (helper === null) throw new Error('no helper');
    return new UdisksClient(helper.client, new Udisksctl());
  },
  image: () => join(folder, 'disk.img'),
});
