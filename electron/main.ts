/** Entry of the desktop program (Electron's main process). */
import { app } from 'electron';
import { prepareElectron, runElectron } from './hosts/electron-host.ts';
import { leaveIdleMemoryAlone } from './hosts/idle-memory.ts';
import { findRefusal } from './hosts/start-refusal.ts';

leaveIdleMemoryAlone();
const refusal = findRefusal({ uid: process.getuid?.() ?? -1, withoutSandbox: app.commandLine.hasSwitch('no-sandbox') });
if (refusal !== null) {
  process.stderr.write(`${refusal}\n`);
  app.exit(1);
} else if (!prepareElectron()) {
  // The other instance has been given the files.
  app.exit(0);
} else {
  runElectron().catch((error: unknown) => {
    process.stderr.write(`Platter could not start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    app.exit(1);
  });
}
