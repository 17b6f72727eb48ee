/** `platter losetup`: losetup(8) of util-linux 2.41 over Platter's helper. */
import { isUtf8Locale, writeMessage, writeOutput } from '../terminal.ts';
import { encodeText } from '../cells.ts';
import { devicePath, findDevice, lookAtComparedFile, readAllShown, readShown, usesFile } from './devices.ts';
import { errnoText, LosetupError } from './errors.ts';
import { formatList, formatOldLine } from './listing.ts';
import { planLosetup, type ListPlan, type LosetupPlan } from './plan.ts';
import type { ShownDevice } from './columns.ts';

/** Scripts look for the program's name at the start of a message; names in it must not drive the terminal. */
function report(message: string): void {
  writeMessage(`losetup: ${encodeText(message.toWellFormed(), { utf8: isUtf8Locale() })}\n`);
}

function print(devices: readonly ShownDevice[], list: ListPlan | null): void {
  if (list !== null) writeOutput(formatList(devices, { ...list, utf8: isUtf8Locale() }));
  else writeOutput(Buffer.concat(devices.flatMap((device) => formatOldLine(device) ?? [])));
}

function show({ file, offset, list }: LosetupPlan & { kind: 'show' }): void {
  const all = readAllShown();
  if (file === null) return print(all, list);
  const compared = lookAtComparedFile(file);
  const matches = all.filter(({ device }) => usesFile(device, compared) && (offset === null || device.offsetBytes === String(offset)));
  print(matches, list);
}

function showOne({ device: name, list }: LosetupPlan & { kind: 'show-one' }): void {
  const { number } = findDevice(name);
  const shown = readShown(number);
  if (shown === null) throw new LosetupError(`${devicePath(name)}: ${errnoText('ENXIO')}`);
  print([shown], list);
}

async function setUp(plan: LosetupPlan & { kind: 'setup' }): Promise<boolean> {
  const { setUpDevice } = await import('./setup.ts');
  const { device, warnings } = await setUpDevice(plan);
  if (plan.show) writeOutput(`${device}\n`);
  for (const warning of warnings) report(warning);
  return true;
}

/** Everything that needs more than looking; loaded only then. */
async function act(plan: Exclude<LosetupPlan, { kind: 'show' | 'show-one' | 'help' | 'version' }>): Promise<boolean> {
  const change = await import('./change.ts');
  switch (plan.kind) {
    case 'find-free':
      writeOutput(`${await change.findUnused()}\n`);
      return true;
    case 'detach':
      return await change.detachDevices(plan.devices, report);
    case 'detach-all':
      return await change.detachAll(report);
    case 'set-capacity':
      await change.setCapacity(plan.device);
      return true;
    case 'set-direct-io':
      await change.setDirectIo(plan.device, plan.on);
      return true;
    case 'set-sector-size':
      await change.setSectorSize(plan.device, plan.bytes);
      return true;
    case 'setup':
      return await setUp(plan);
    default:
      return plan satisfies never;
  }
}

/** Runs the plan; false when something failed that was told already. */
async function execute(plan: LosetupPlan): Promise<boolean> {
  switch (plan.kind) {
    case 'show':
      show(plan);
      return true;
    case 'show-one':
      showOne(plan);
      return true;
    case 'help':
    case 'version': {
      const { losetupHelp, losetupVersion } = await import('./help.ts');
      writeOutput(plan.kind === 'help' ? losetupHelp() : losetupVersion());
      return true;
    }
    default:
      return await act(plan);
  }
}

/** The whole command; the result is losetup's exit status. */
export async function runLosetup(arguments_: readonly string[]): Promise<0 | 1> {
  try {
    return (await execute(planLosetup(arguments_))) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof LosetupError)) throw error;
    report(error.message);
    if (error.pointsToHelp) writeMessage("Try 'losetup --help' for more information.\n");
    return 1;
  }
}
