/** platter watch: the list, then what changes; with --json one JSON object a line (platter(1), WATCH). */
import type { DeviceChanges, DeviceSnapshot } from '../../../native-helper/protocol/devices.ts';
import { printJson, toJsonDevice, type Context } from '../context.ts';
import { AppError } from '../../ipc/errors.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { jobsFolder } from '../../jobs/job-files.ts';
import { JobWatch, type JobEvent, type SeenJob } from '../../jobs/watch-jobs.ts';
import { openViewingSession, type Session } from '../session.ts';
import { writeOutput } from '../terminal.ts';
import { lookAtUsers } from '../user-looks.ts';
import { STREAM_VERSION, WatchedDevices } from '../watch-events.ts';
import { deviceLine, eventLine, jobLine, userLine } from '../watch-lines.ts';
import type { UserEvent } from '../watch-users.ts';

/** Runs until it is interrupted (status 0), nobody reads any more (141), or the helper ends (HELPER_LOST). */
export async function watch(context: Context): Promise<ExitCode> {
  const session = await openViewingSession();
  const jobs = followJobs(context);
  const ending = new AbortController();
  try {
    return await new Promise<ExitCode>((resolve, reject) => {
      session.client.onEnd((reason) => reject(new AppError('HELPER_LOST', { details: reason.message })));
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve(exitCodes.done));
      follow(session, jobs, context)
        .then(async (devices) =>
          lookAtUsers(
            () => devices.all,
            (event) => tellUser(event, context),
            ending.signal,
          ),
        )
        .catch(reject);
    });
  } finally {
    ending.abort();
    jobs.close();
    await session.close();
  }
}

interface FollowedJobs {
  readonly running: readonly SeenJob[];
  /** The list was printed: what came meanwhile is told now, the rest as it comes. */
  readonly begin: () => void;
  readonly close: () => void;
}

/** Without a folder for the session nobody can tell of jobs, and none are told. */
function followJobs(context: Context): FollowedJobs {
  const folder = jobsFolder(process.env);
  let waiting: JobEvent[] | null = [];
  const print = (event: JobEvent): void => {
    if (context.json) printJson(event);
    else if (event.event !== 'job-progress') writeOutput(`${jobLine(event, context)}\n`);
  };
  const begin = (): void => {
    for (const event of waiting ?? []) print(event);
    waiting = null;
  };
  try {
    if (folder === null) return { running: [], begin, close: () => undefined };
    const followed = new JobWatch(folder, (event) => (waiting === null ? print(event) : waiting.push(event)));
    return { running: followed.running, begin, close: () => followed.close() };
  } catch {
    return { running: [], begin, close: () => undefined };
  }
}

/** Subscribes first and lists second: what the list has told already is not told again, the newest revision wins. */
async function follow(session: Session, jobs: FollowedJobs, context: Context): Promise<WatchedDevices> {
  let known: { readonly devices: WatchedDevices; revision: number } | null = null;
  const waiting: DeviceChanges[] = [];
  const tell = (changes: DeviceChanges): void => {
    if (known === null) waiting.push(changes);
    else if (changes.revision > known.revision) {
      known.revision = changes.revision;
      for (const event of known.devices.accept(changes)) {
        const { event: name, ...facts } = event;
        if (context.json) printJson({ event: name, revision: changes.revision, ...facts });
        else writeOutput(`${eventLine(event, context)}\n`);
      }
    }
  };
  session.client.onNotification((method, changes) => {
    if (method === 'devices/changed') tell(changes);
  });
  await session.call('devices/watch', { safetyRead: true });
  const snapshot = await session.call('devices/list', {});
  printSnapshot(snapshot, jobs.running, context);
  jobs.begin();
  known = { devices: new WatchedDevices(snapshot.devices, snapshot.unboundNumbers), revision: snapshot.revision };
  for (const changes of waiting) tell(changes);
  return known.devices;
}

function tellUser(event: UserEvent, context: Context): void {
  if (context.json) return printJson(event);
  const line = userLine(event, context);
  if (line !== null) writeOutput(`${line}\n`);
}

function printSnapshot({ revision, devices, unboundNumbers }: DeviceSnapshot, jobs: readonly SeenJob[], context: Context): void {
  if (context.json) {
    printJson({ event: 'snapshot', version: STREAM_VERSION, revision, devices: devices.map(toJsonDevice), unboundNumbers, jobs });
    return;
  }
  for (const device of devices) writeOutput(`${deviceLine(device, context)}\n`);
  for (const job of jobs) writeOutput(`${jobLine({ event: 'job-started', job }, context)}\n`);
}
