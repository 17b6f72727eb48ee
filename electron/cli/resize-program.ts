/** The command `resize` with its options; what it does is loaded when it is asked for. */
import { Option, type Command } from 'commander';
import type { Context } from './context.ts';
import * as help from './help.ts';
import { toSize } from './options.ts';
import type { Program } from './program.ts';
import { resizeOptions, toSizeChange } from './resize-options.ts';

export function addResizing({ root, finish }: Program, contextOf: (command: Command) => Context): void {
  root
    .command('resize')
    .alias('grow')
    .argument('<image>', help.resizeArgument)
    .description('make an image larger or smaller, with what is in it')
    .option('--to <size>', 'the size the image shall have', toSize)
    .addOption(new Option('--by <size>', 'so much larger; --by=-SIZE: smaller').argParser(toSizeChange))
    .option('--smallest', 'as small as what is in it allows')
    .option('--fill', 'as large as the disk of the file allows')
    .option('-p, --partition <number>', 'which partition takes or gives the space')
    .option('--leave-free', 'no partition takes the new space')
    .option('--reserve', 'take the new space on the disk at once')
    .option('-n, --dry-run', 'only show what would be done')
    .option('--new <file>', 'make a new image with the same files, where FAT, exFAT or NTFS cannot be resized')
    .option('--continue', 'go on with a resize that was stopped')
    .option('--undo', 'put the size back after a resize that was stopped')
    .option('--forget', 'leave an image as it is that was replaced after a resize of it had stopped')
    .addHelpText('after', help.resize)
    .action(async (image: string, options: object, command: Command) => {
      const { resize } = await import('./commands/resize.ts');
      finish(await resize(image, resizeOptions(options), contextOf(command)));
    });
}
