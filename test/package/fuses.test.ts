/** SECURITY: what a program of the user could make of the window's program. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { unpackedFolder } from '../../build/package/make.ts';
import { readFuses } from './fuses.ts';

const program = join(unpackedFolder, 'platter-window');

test('the fuses are set', () => {
  expect(readFuses(program)).toEqual({
    runAsNode: false,
    cookieEncryption: true,
    nodeOptionsEnvironmentVariable: false,
    nodeCliInspectArguments: false,
    embeddedAsarIntegrityValidation: false,
    onlyLoadAppFromAsar: true,
    loadBrowserProcessSpecificV8Snapshot: false,
    grantFileProtocolExtraPrivileges: false,
  });
});

test('nobody gets a Node from it', () => {
  const { stdout } = spawnSync(program, ['-e', 'console.log("ran as Node")', '--version'], {
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin', ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '--eval="process.exit(7)"' },
    timeout: 60_000,
  });
  expect(stdout).not.toContain('ran as Node');
});
