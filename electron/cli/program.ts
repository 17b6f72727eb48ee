/** The commands, their options and their help. What each does is loaded when it is asked for. */
import { Command, CommanderError, Option } from 'commander';
import { createContext, type Context, type GlobalOptions } from './context.ts';
import { addCareCommands, addLibraryCommands } from './image-commands.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';
import { tellFailure, tellUsage, toFailure, UsageFailure } from './failures.ts';
import * as help from './help.ts';
import {
  attachOptions,
  detachOptions,
  mountOptions,
  parseDeviceNumber,
  parsePartitionChange,
  setChanges,
  toBlockSize,
  toSize,
} from './options.ts';
import { addMaking } from './making-program.ts';
import { addResizing } from './resize-program.ts';
import { writeMessage, writeOutput } from './terminal.ts';
import { version } from './version.ts';

type Finish = (status: ExitCode) => void;

/** What commands are added to, and what gets their status. */
export interface Program {
  readonly root: Command;
  readonly finish: Finish;
}

function contextOf(command: Command): Context {
  const { json = false, quiet = false } = command.optsWithGlobals<Partial<GlobalOptions>>();
  return createContext({ json, quiet });
}

function addLooking({ root, finish }: Program): void {
  root
    .command('list')
    .description('list the attached loop devices')
    .addHelpText('after', help.list)
    .action(async (_options: object, command: Command) => {
      const { list } = await import('./commands/list.ts');
      finish(list(contextOf(command)));
    });
  root
    .command('show')
    .argument('<device>', help.deviceArgument)
    .description('show everything about one loop device')
    .option('--kernel', 'also what LOOP_GET_STATUS64 and LOOP_GET_STATUS report, field by field')
    .addHelpText('after', help.show)
    .action(async (device: string, options: { kernel?: boolean }, command: Command) => {
      const { show } = await import('./commands/show.ts');
      finish(await show(device, { kernel: options.kernel === true }, contextOf(command)));
    });
  root
    .command('inspect')
    .argument('<files...>', 'image files')
    .description('show what is in images, without attaching them')
    .addHelpText('after', help.inspect)
    .action(async (files: string[], _options: object, command: Command) => {
      const { startEarly } = await import('./early-worker.ts');
      startEarly();
      const { inspect } = await import('./commands/inspect.ts');
      finish(await inspect(files, contextOf(command)));
    });
  root
    .command('holders')
    .argument('<device>', help.deviceArgument)
    .description('show who uses a loop device, as a tree')
    .option('--names', "with other users' programs; the system may ask for a password")
    .addHelpText('after', help.holders)
    .action(async (device: string, { names = false }: { names?: boolean }, command: Command) => {
      const { holders } = await import('./commands/holders.ts');
      finish(await holders(device, { names }, contextOf(command)));
    });
  root
    .command('watch')
    .description('print the list and then every change as it happens')
    .addHelpText('after', help.watch)
    .action(async (_options: object, command: Command) => {
      const { watch } = await import('./commands/watch.ts');
      finish(await watch(contextOf(command)));
    });
}

function addDoctor({ root, finish }: Program): void {
  root
    .command('doctor')
    .description('tell what works on this machine, what does not, and what to do about it')
    .addHelpText('after', help.doctor)
    .action(async (_options: object, command: Command) => {
      const { doctor } = await import('./commands/doctor.ts');
      finish(await doctor(contextOf(command)));
    });
}

function addAttaching({ root, finish }: Program): void {
  root
    .command('attach')
    .argument('<files...>', 'image files, or block devices')
    .description('attach image files to loop devices')
    .option('-r, --read-only', 'nothing can be written')
    .option('-o, --offset <size>', 'begin there in the file', toSize)
    .option('--size-limit <size>', 'use no more than that of the file', toSize)
    .option('-b, --block-size <size>', 'logical block size', toBlockSize)
    .option('-P, --partition-scan', 'let the kernel look for partitions')
    .option('--direct-io', "go around the page cache for the file's data")
    .option('--reference <name>', 'reference name, at most 63 bytes')
    .option('--device <device>', 'take this loop device rather than a free one')
    .option('--again', 'attach once more what is attached already (read-only only)')
    .option('--no-reuse', 'fail when the file is attached already')
    .addOption(new Option('--legacy [call]', 'LOOP_SET_FD and then this call').choices(['status64', 'status']).preset('status64'))
    .addHelpText('after', help.attach)
    .action(async (files: string[], options: object, command: Command) => {
      const { attach } = await import('./commands/attach.ts');
      finish(await attach(files, attachOptions(options), contextOf(command)));
    });
  root
    .command('detach')
    .argument('[devices...]', help.deviceArgument)
    .description('unmount and detach loop devices')
    .option('--when-free', 'when the device is in use: detach it as soon as it no longer is')
    .option('--wait [seconds]', 'wait until nobody uses it, so long at most')
    .option('--close-programs', 'ask the programs that use it to end')
    .option('--kill', 'as --close-programs, and force those that have not ended after 10 seconds')
    .option('--all-mine', 'everything you attached with Platter')
    .addOption(new Option('--cancel', 'take back --when-free').conflicts(['whenFree', 'wait', 'closePrograms', 'kill', 'allMine']))
    .addHelpText('after', help.detach)
    .action(async (devices: string[], options: object, command: Command) => {
      const { detach } = await import('./commands/detach.ts');
      finish(await detach(devices, detachOptions(options), contextOf(command)));
    });
}

function addMounting({ root, finish }: Program): void {
  root
    .command('open')
    .argument('<files...>', 'image files')
    .description('attach images read-only, mount what is in them, and show the files')
    .option('-w, --writable', 'attach and mount them so that they can be changed')
    .option('--no-folder', 'do not open the file manager')
    .addHelpText('after', help.open)
    .action(async (files: string[], { writable = false, folder }: { writable?: boolean; folder: boolean }, command: Command) => {
      const { open } = await import('./commands/open.ts');
      finish(await open(files, { writable, folder }, contextOf(command)));
    });
  root
    .command('mount')
    .argument('<device>', help.mountArgument)
    .description('mount what is in an image, under /run/media')
    .option('-p, --partition <number>', 'only this partition')
    .option('-r, --read-only', 'nothing can be written')
    .addHelpText('after', help.mount)
    .action(async (device: string, options: object, command: Command) => {
      const { mount } = await import('./commands/mount.ts');
      finish(await mount(device, mountOptions(options), contextOf(command)));
    });
  root
    .command('unmount')
    .argument('<devices...>', help.mountedArgument)
    .description('unmount what Platter mounted')
    .option('--lazy', 'out of sight now, and ended when no program uses it any more')
    .addHelpText('after', help.unmount)
    .action(async (devices: string[], { lazy = false }: { lazy?: boolean }, command: Command) => {
      const { unmount } = await import('./commands/mounts.ts');
      finish(await unmount(devices, { lazy }, contextOf(command)));
    });
  root
    .command('trim')
    .argument('<devices...>', help.mountedArgument)
    .description('give the free space of mounted file systems back to the image file')
    .addHelpText('after', help.trim)
    .action(async (devices: string[], _options: object, command: Command) => {
      const { trim } = await import('./commands/mounts.ts');
      finish(await trim(devices, contextOf(command)));
    });
}

function addChanging({ root, finish }: Program): void {
  root
    .command('set')
    .argument('<device>', help.deviceArgument)
    .description('change an attached device')
    .option('--autoclear', 'detach by itself after the last use')
    .option('--no-autoclear', 'stay attached')
    .option('--partition-scan', 'let the kernel look for partitions (cannot be switched off again)')
    .option('--direct-io', "go around the page cache for the file's data")
    .option('--no-direct-io', 'use the page cache')
    .option('-b, --block-size <size>', 'logical block size', toBlockSize)
    .option('-o, --offset <size>', 'begin there in the file', toSize)
    .option('--size-limit <size>', 'use no more than that of the file, 0 for all', toSize)
    .option('--reference <name>', 'reference name, at most 63 bytes')
    .addHelpText('after', help.set)
    .action(async (device: string, options: object, command: Command) => {
      const { set } = await import('./commands/change.ts');
      finish(await set(device, setChanges(options), contextOf(command)));
    });
  for (const [name, description] of Object.entries(help.plainChanges)) {
    root
      .command(name)
      .argument('<device>', help.deviceArgument)
      .description(description)
      .action(async (device: string, _options: object, command: Command) => {
        const { capacity, rescan } = await import('./commands/change.ts');
        finish(await (name === 'capacity' ? capacity : rescan)(device, contextOf(command)));
      });
  }
  root
    .command('change')
    .argument('<device>', help.deviceArgument)
    .argument('<file>', 'a file of the same size')
    .description('put another file behind a read-only device')
    .action(async (device: string, file: string, _options: object, command: Command) => {
      const { changeBackingFile } = await import('./commands/change.ts');
      finish(await changeBackingFile(device, file, contextOf(command)));
    });
}

function addExpert({ root, finish }: Program): void {
  root
    .command('partition')
    .argument('<device>', help.deviceArgument)
    .argument('<action>', 'add, resize or delete')
    .argument('<number>', 'number of the partition')
    .argument('[start]', 'add: first byte on the device')
    .argument('[size]', 'add and resize: bytes')
    .description('tell the kernel of one partition without touching the image')
    .addHelpText('after', help.partition)
    .action(
      async (device: string, action: string, number: string, start: string | undefined, size: string | undefined, ...rest: unknown[]) => {
        const { partition } = await import('./commands/change.ts');
        finish(await partition(device, parsePartitionChange({ action, number, start, size }), contextOf(rest[1] as Command)));
      },
    );
  const nodes = root.command('nodes').description('make and remove loop device nodes').addHelpText('after', help.nodes);
  nodes
    .command('add')
    .argument('[number]', 'which one; without it the next free one')
    .description('make a loop device')
    .action(async (number: string | undefined, _options: object, command: Command) => {
      const { addNode } = await import('./commands/nodes.ts');
      finish(await addNode(number === undefined ? null : parseDeviceNumber(number), contextOf(command)));
    });
  nodes
    .command('remove')
    .argument('<devices...>', 'unattached loop devices')
    .description('remove loop devices')
    .action(async (devices: string[], _options: object, command: Command) => {
      const { removeNodes } = await import('./commands/nodes.ts');
      finish(await removeNodes(devices, contextOf(command)));
    });
  nodes
    .command('find-free')
    .description('name an unattached loop device, making one if need be')
    .action(async (_options: object, command: Command) => {
      const { findFreeNode } = await import('./commands/nodes.ts');
      finish(await findFreeNode(contextOf(command)));
    });
  // Read before this program is built (platter.ts); here for the list of commands.
  root.command('losetup').description('losetup(8) with all its options (platter losetup --help)').helpOption(false);
}

/** Also what the completions of shells are made from (build/package/completions.ts). */
export function createProgram(finish: Finish): Command {
  const root = new Command('platter');
  root
    .description('Attach disk images to loop devices and look after them.')
    .version(version(), '-V, --version', 'print the version')
    .option('--json', 'print JSON')
    .option('-q, --quiet', 'print only what was asked for')
    .configureOutput({ writeOut: writeOutput, writeErr: () => {} })
    .exitOverride()
    .showHelpAfterError(false)
    .addHelpText('after', help.program);
  const program = { root, finish };
  addLooking(program);
  addAttaching(program);
  addMounting(program);
  addLibraryCommands(program, contextOf);
  addCareCommands(program, contextOf);
  addResizing(program, contextOf);
  addChanging(program);
  addMaking({ ...program, contextOf });
  addExpert(program);
  addDoctor(program);
  return root;
}

/** What commander found wrong, without its prefix. */
function usageMessage(error: CommanderError): string {
  return error.message.replace(/^error: /u, '').replace(/\.$/u, '');
}

/** Runs a whole command line; never throws for what a person can cause. */
export async function runProgram(arguments_: readonly string[]): Promise<ExitCode> {
  const json = arguments_.includes('--json');
  let status: ExitCode = exitCodes.done;
  // What the command is about, as the person named it: what of its words is no option and no option's value, only commander knows.
  let subject: string | null = null;
  const root = createProgram((result) => {
    status = result;
  }).hook('preAction', (_root, { args: [first] }) => {
    subject = first ?? null;
  });
  if (arguments_.length === 0) {
    writeMessage(root.helpInformation());
    return exitCodes.usage;
  }
  try {
    await root.parseAsync(arguments_, { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return exitCodes.done;
      if (error.code === 'commander.help') return exitCodes.usage;
      return tellUsage(usageMessage(error), { json });
    }
    if (error instanceof UsageFailure) return tellUsage(error.message, { json });
    return tellFailure(toFailure(error), subject, { json });
  }
}
