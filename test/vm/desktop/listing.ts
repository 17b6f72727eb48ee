/** Files and folders that a package could leave: names only, without what changes by itself in a running system. */
import { spawnSync } from 'node:child_process';

/** Caches that the triggers of other packages keep count among it, and what LVM keeps of each volume group, such as that of 2-assembly.test.ts. */
const changing = /(icon-theme|mimeinfo)\.cache$|^\/(var\/(log|cache|lib\/(dpkg|apt|systemd|udisks2))|etc\/(ssh|mtab|machine-id|lvm))/u;

export function listing(): readonly string[] {
  // Some of the folders may not be there, which find says and goes on.
  const { stdout } = spawnSync('find', ['/etc', '/usr', '/opt', '/var', '/srv', '/run/platter', '-xdev'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  return stdout.split('\n').filter((line) => line !== '' && !changing.test(line));
}
