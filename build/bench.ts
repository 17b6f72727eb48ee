/** `npm run bench`: builds what changed, then measures (test/bench/main.ts). */
import { mkdirSync } from 'node:fs';
import { runInForeground } from './bootstrap.mjs';
import { buildPrograms } from './programs.ts';
import { ensureSystemPackages } from './system-packages.ts';

/**
 * Runs `words` where the records of devices are kept in memory, as on every system that systemd runs: in a container /run may be a disk, and
 * each attach would wait for its journal. Seen by nobody else.
 */
function withRecordsInMemory(words: readonly string[]): readonly string[] {
  const folder = '/run/platter';
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const script = `mount -t tmpfs -o mode=700 platter ${folder} && exec "$@"`;
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', ...words];
}

ensureSystemPackages(['browser']);
if (!buildPrograms({ evenIfFresh: false })) process.exit(1);
const words = [process.execPath, 'test/bench/main.ts', ...process.argv.slice(2)];
// The benchmarks refuse whoever is not root, with their reason.
const [program = '', ...args] = process.getuid?.() === 0 ? withRecordsInMemory(words) : words;
runInForeground(program, args);
