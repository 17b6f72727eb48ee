/**
 * The helper: `--stdio` as root, started by pkexec, acts; `--view` without root only looks. Everything it gets from its caller is
 * hostile until it was looked at (SECURITY.md). This file only puts the parts together.
 */
import { readFileSync } from 'node:fs';
import { getSocketType } from './linux/messages.ts';
import { DescriptorPoller } from './linux/poller.ts';
import { PROTOCOL_VERSION, type HelloResult } from './protocol/session.ts';
import type { HelperHandlers } from './rpc/handlers.ts';
import { createLog, type Log } from './rpc/log.ts';
import { serve } from './rpc/serve.ts';
import { planStart, type StartPlan } from './rpc/start.ts';

/** Replaced when the helper is built; run from its sources it asks package.json. */
declare const __PLATTER_VERSION__: string;

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

function run(plan: StartPlan & { kind: 'start' }, log: Log): void {
  // The caller chose both; files made here get explicit modes, and no relative path is ever opened.
  process.umask(0o022);
  process.chdir('/');
  const hello: HelloResult = {
    protocolVersion: PROTOCOL_VERSION,
    version: readVersion(),
    mode: plan.mode,
    uid: plan.uid,
    pid: process.pid,
  };
  serve({
    hello,
    poller: new DescriptorPoller(),
    log,
    authorize: () => {},
    createHandlers: () => ({}) as HelperHandlers,
    callerPid: process.ppid,
  });
}

function main(): void {
  const log = createLog(2);
  const plan = readStart();
  if (plan.kind === 'refused') {
    log('refused', { reason: plan.reason });
    process.exitCode = plan.status;
    return;
  }
  run(plan, log);
}

main();
