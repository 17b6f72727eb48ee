/** The contract of test/fakes/udisks-contract.ts over the real udisks2: for the machine `desktop`, as the user of its session. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { startHelper, type RunningHelper } from '../../../electron/helper/helper-process.ts';
import { UdisksClient } from '../../../electron/udisks/udisks-client.ts';
import { Udisksctl } from '../../../electron/udisks/udisksctl.ts';
import { findTool } from '../../../electron/tools/find-tool.ts';
import { describeUdisks } from '../../fakes/udisks-contract.ts';

const cannotRun = process.getuid?.() === 0 || findTool('udisksctl') === null;

// Root needs no udisks2, and the small machines have none.
describe.skipIf(cannotRun)('udisks2 for an ordinary user (needs the machine `desktop`)', () => {
  let folder = '';
  let helper: RunningHelper | null = null;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'platter-udisks-'));
    execFileSync('truncate', ['-s', '16M', join(folder, 'disk.img')]);
    execFileSync('/sbin/mkfs.ext4', ['-q', '-L', 'UDISKS', join(folder, 'disk.img')]);
    const outcome = await startHelper({ kind: 'view' });
    if (outcome.kind !== 'ready') throw new Error(outcome.kind);
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
});
