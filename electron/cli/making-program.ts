/** The commands that make image files, with their options and help. */
import { Option, type Command } from 'commander';
import type { Context } from './context.ts';
import type { ExitCode } from './exit-codes.ts';
import * as help from './making-help.ts';
import { toSize } from './options.ts';

export interface MakingProgram {
  readonly root: Command;
  readonly finish: (status: ExitCode) => void;
  readonly contextOf: (command: Command) => Context;
}

export function addMaking({ root, finish, contextOf }: MakingProgram): void {
  root
    .command('create')
    .argument('<file>', 'the new file; never an existing one')
    .description('make a new image file')
    .option('-s, --size <size>', 'size of the image', toSize)
    .option('-t, --type <type>', `empty (the default), or a file system: ${help.fileSystems}`)
    .option('-L, --label <label>', 'label of the file system, or of the disc')
    .option('--table <table>', 'partition table: gpt or mbr')
    .option('-p, --partition <spec>', 'a partition: CONTENT[:SIZE|rest[:LABEL[:NAME]]]; may be given several times', collect)
    .option('-d, --from-folder <folder>', 'put the files of this folder into it')
    .option('-f, --format <format>', 'with --from-folder: iso (the default), squashfs, ext4 or erofs')
    .option('-c, --copy <file>', 'copy an image file or a device')
    .option('--reserve', 'take all the space at once')
    .option('--mount', 'then attach and mount it')
    .addHelpText('after', help.create)
    .action(async (file: string, options: object, command: Command) => {
      const { create } = await import('./commands/create.ts');
      finish(await create(file, options, contextOf(command)));
    });
  root
    .command('convert')
    .argument('<source>', 'the image')
    .argument('[target]', 'the new file; beside the image, with the ending of its format, unless named')
    .description('make a raw image of another format, or another format of a raw image')
    .option('-t, --to <format>', 'raw, qcow2, vhd, vhdx, vmdk, vdi, gz, xz or zst; what the ending of the new file says, or raw')
    .option('--compress', 'with qcow2 and vmdk: smaller, but slower to write')
    .addOption(new Option('--with-other-files', 'let the image take data from the further files that it names'))
    .addHelpText('after', help.convert)
    .action(async (source: string, target: string | undefined, options: object, command: Command) => {
      const { convert } = await import('./commands/convert.ts');
      finish(await convert(source, target ?? null, options, contextOf(command)));
    });
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
