/** The command lines that the window copies, run by a real shell: what they attach is attached as it was. */
import { execFileSync } from 'node:child_process';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectNode } from '../../../build/bootstrap.mjs';
import { losetupCommand, platterCommand } from '../../../renderer/state/attach-command.ts';
import { toDecimal } from '../../../native-helper/protocol/scalars.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { platterScript } from '../cli/command.ts';
import { attach, call, device, folder, makeImage, MIB, ownDevices, state, until, useApp } from './app-fixture.ts';

useApp();

/** What a command line can say of a device. */
function said({ backingFile, readOnly, offsetBytes, sizeLimitBytes, sizeBytes, logicalBlockSizeBytes, partitionScan }: LoopDevice): object {
  return { backingFile, readOnly, offsetBytes, sizeLimitBytes, sizeBytes, logicalBlockSizeBytes, partitionScan };
}

const commands = {
  losetup: losetupCommand,
  // In a checkout `platter` is no program of the system.
  platter: (shown: LoopDevice) => platterCommand(shown).replace('platter', `'${projectNode}' '${platterScript}'`),
};

test.each(['losetup', 'platter'] as const)('%s, with every option and a hostile name', async (program) => {
  const path = join(folder, `it's "$(id)" \`id\` \\ ;&|\t*\u001b[2J ${program}.img`);
  renameSync(makeImage(4 * MIB), path);
  const { device: number } = await attach(path, {
    readOnly: true,
    offsetBytes: toDecimal(8192),
    sizeLimitBytes: toDecimal(MIB),
    logicalBlockSizeBytes: 4096,
    partitionScan: true,
  });
  const before = await device(number);
  await call('devices/detach', { device: number, diskseq: before.diskseq, whenFree: false });
  await until(() => ownDevices().length === 0);
  // Not into the library of whoever runs the tests.
  const env = { ...process.env, XDG_CONFIG_HOME: folder };
  execFileSync('bash', ['--noprofile', '--norc', '-c', commands[program](before)], { stdio: 'pipe', env });
  await until(async () => (await state()).devices.some(({ backingFile }) => backingFile?.text === path));
  const after = (await state()).devices.find(({ backingFile }) => backingFile?.text === path);
  expect(after === undefined ? null : said(after)).toEqual(said(before));
});
