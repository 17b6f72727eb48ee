/**
 * Starts a command with a proper socket as input and a pipe as output, says hello to it, and prints as JSON whether it replied
 * and how it ended: bare-start.ts COMMAND... Run inside a world; the environment is passed on.
 */
import { spawn } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';
import { createSocketPair } from '../../electron/helper/socket-pair.ts';

const [program = '', ...parameters] = process.argv.slice(2);
const pair = createSocketPair();
const child = spawn(program, parameters, { stdio: [pair.theirs, 'pipe', 'inherit'] });
closeSync(pair.theirs);
let replied = false;
child.stdout?.on('data', () => {
  if (replied) return;
  replied = true;
  // The end of its input ends the helper.
  closeSync(pair.ours);
});
child.on('close', (status) => {
  process.stdout.write(JSON.stringify({ status, replied }));
});
try {
  writeSync(pair.ours, '{"jsonrpc":"2.0","id":1,"method":"session/hello","params":{"protocolVersion":1}}\n');
} catch {
  // It has ended already; its status says how.
}
