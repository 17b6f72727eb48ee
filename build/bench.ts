/** `npm run bench`: builds what changed, then measures (test/bench/main.ts). */
import { runInForeground } from './bootstrap.mjs';
import { buildPrograms } from './programs.ts';
import { ensureSystemPackages } from './system-packages.ts';

ensureSystemPackages(['browser']);
if (!buildPrograms({ evenIfFresh: false })) process.exit(1);
runInForeground(process.execPath, ['test/bench/main.ts', ...process.argv.slice(2)]);
