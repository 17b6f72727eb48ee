/** A program that starts a helper and gives its end of the socket to somebody who outlives it. Prints the pids of both. */
import { spawn } from 'node:child_process';
import { createSocketPair, SocketWriter } from '../../electron/helper/socket-pair.ts';
import { inertHelper, nodeProgram } from './helper-harness.ts';

const pair = createSocketPair();
const helper = spawn(nodeProgram, [inertHelper, '--stdio'], { stdio: [pair.theirs, 'pipe', 'inherit'], env: { PATH: '/usr/bin:/bin' } });
const holder = spawn('sleep', ['600'], { stdio: ['ignore', 'ignore', 'ignore', pair.ours], detached: true });
const writer = new SocketWriter(pair.ours, (error) => {
  throw error;
});
writer.send(Buffer.from('{"jsonrpc":"2.0","id":1,"method":"session/hello","params":{"protocolVersion":1}}\n'), null);
helper.stdout?.once('data', () => process.stdout.write(`${helper.pid} ${holder.pid}\n`));
