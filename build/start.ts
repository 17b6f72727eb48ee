/** `npm start -- FILE...`: builds what changed and opens the window with the host that can show it here. */
import { join } from 'node:path';
import { projectRoot, runInForeground } from './bootstrap.mjs';
import { findOrFetchElectron } from './electron-binary.ts';
import { buildPrograms } from './programs.ts';
import { absoluteArguments, chooseHost } from './start-plan.ts';

const args = absoluteArguments(process.argv.slice(2), process.env['INIT_CWD'] ?? process.cwd());
const host = chooseHost({
  uid: process.getuid?.() ?? -1,
  hasDisplay: ['DISPLAY', 'WAYLAND_DISPLAY'].some((name) => (process.env[name] ?? '') !== ''),
  findElectron: findOrFetchElectron,
});

if (!buildPrograms({ evenIfFresh: false })) process.exit(1);
process.stdout.write(`Platter opens in ${host.kind === 'electron' ? 'Electron' : 'a browser'}: ${host.reason}.\n`);
switch (host.kind) {
  case 'electron':
    runInForeground(host.program, [projectRoot, ...args]);
    break;
  case 'browser':
    runInForeground(process.execPath, [join(projectRoot, 'dist/server/server.js'), ...args]);
    break;
}
