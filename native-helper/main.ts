/**
 * The helper: `--stdio` as root, started by pkexec, acts; `--view` without root only looks. Everything it gets from its caller is
 * hostile until it was looked at (SECURITY.md). This file only puts the parts together.
 */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { checkStart, StartRefused } from './authorization/start-check.ts';
import { exitNow, pidfdOpen } from './linux/descriptors.ts';
import { checkStructureSizes } from './linux/loop-structures.ts';
import { getPeerCredentials, getSocketType } from './linux/messages.ts';
import { DescriptorPoller } from './linux/poller.ts';
import { exitCodes } from './protocol/envelope.ts';
import { PROTOCOL_VERSION, type HelloResult } from './protocol/session.ts';
import { StateFolderRefused } from './records/state-folder.ts';
import { createLog, type Log } from './rpc/log.ts';
import { serve } from './rpc/serve.ts';
import { planStart, type StartPlan } from './rpc/start.ts';
import { createElevatedSession, createViewSession } from './session.ts';

/** Replaced when the helper is built; run from its sources it asks package.json. */
declare const __PLATTER_VERSION__: string;

type Started = StartPlan & { readonly kind: 'start' };

function readVersion(): string {
  if (typeof __PLATTER_VERSION__ === 'string') return __PLATTER_VERSION__;
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function readStart(): StartPlan {
  return planStart({
    arguments: process.argv.slice(2),
    uid: process.getuid?.() ?? -1,
    effectiveUid: process.geteuid?.() ?? -1,
    pkexecUid: process.env['PKEXEC_UID'],
    inputIsSocket: getSocketType(0) === 'unix-stream',
  });
}

function helloOf(plan: Started): HelloResult {
  return { protocolVersion: PROTOCOL_VERSION, version: readVersion(), mode: plan.mode, uid: plan.uid, pid: process.pid };
}

/** A pidfd of the program that made the socket. Throws StartRefused when that has ended already: nothing would tell of its end. */
function openCaller(): number {
  const { pid } = getPeerCredentials(0);
  const pidfd = pidfdOpen(process.ppid);
  if (process.ppid !== pid) throw new StartRefused('the peer of descriptor 0 is not the parent process');
  return pidfd;
}

/** Without root there is nothing to allow: the dispatcher refuses what needs it. */
function runView(plan: Started, log: Log): void {
  const callerPidfd = openCaller();
  const poller = new DescriptorPoller();
  serve({ hello: helloOf(plan), poller, log, ...createViewSession(plan.uid, poller), callerPidfd });
}

function runElevated(plan: Started, log: Log): void {
  const main = checkStart(plan.uid);
  checkStructureSizes();
  const poller = new DescriptorPoller();
  const session = createElevatedSession({ uid: plan.uid, main, poller, log });
  serve({ hello: helloOf(plan), poller, log, ...session, callerPidfd: main.pidfd });
}

/** A fault before there is a session; a poller may be waiting already, so nothing short of _exit ends the process. */
function fail(error: unknown, log: Log): never {
  log('fault', { fault: error instanceof Error ? (error.stack ?? error.message) : 'not an Error' });
  return exitNow(exitCodes.protocol);
}

function main(): void {
  // After any work V8 looks every eight seconds for minutes whether there is memory to give back; a helper nobody asks must sleep.
  // Before anything else: electron/hosts/idle-memory.ts says why.
  setFlagsFromString('--memory-reducer-gc-count=0');
  const log = createLog(2);
  const refuse = (status: number, reason: string): void => {
    log('refused', { reason });
    process.exitCode = status;
  };
  const plan = readStart();
  if (plan.kind === 'refused') {
    refuse(plan.status, plan.reason);
    return;
  }
  // The caller chose both; no relative path is ever opened, and files made here get explicit modes.
  process.umask(0o022);
  process.chdir('/');
  try {
    if (plan.mode === 'view') runView(plan, log);
    else runElevated(plan, log);
  } catch (error) {
    if (!(error instanceof StartRefused || error instanceof StateFolderRefused)) return fail(error, log);
    refuse(exitCodes.environment, error.message);
  }
}

main();
