/** The commands of the library, and those for images that nobody has attached. What each does is loaded when it is asked for. */
import { Option, type Command } from 'commander';
import type { Context } from './context.ts';
import * as help from './help.ts';
import { checkOptions, labelOptions, verifyOptions } from './options.ts';
import type { Program } from './program.ts';

type ContextOf = (command: Command) => Context;

export function addLibraryCommands({ root, finish }: Program, contextOf: ContextOf): void {
  const library = root
    .command('library')
    .description('the images that were opened, and those in folders that were added')
    .option('--search <text>', 'only files whose path holds this', '')
    .addOption(new Option('--sort <order>', 'order of the list').choices(['name', 'used', 'size']).default('name'))
    .option('--contents', 'look into every image')
    .addHelpText('after', help.library)
    .action(async (options: { search: string; sort: 'name' | 'used' | 'size'; contents?: boolean }, command: Command) => {
      const { listLibrary } = await import('./commands/library.ts');
      finish(await listLibrary({ ...options, contents: options.contents === true }, contextOf(command)));
    });
  for (const [action, argument, description] of help.libraryChanges) {
    library
      .command(action)
      .argument(argument)
      .description(description)
      .action(async (names: string[], _options: object, command: Command) => {
        const { changeLibrary } = await import('./commands/library.ts');
        finish(await changeLibrary(action, names, contextOf(command)));
      });
  }
  library
    .command('folders')
    .description('list the folders')
    .action(async (_options: object, command: Command) => {
      const { listFolders } = await import('./commands/library.ts');
      finish(await listFolders(contextOf(command)));
    });
  library
    .command('rename')
    .argument('<file>')
    .argument('<name>', 'without a folder')
    .description('give an image another name, never that of another file')
    .action(async (file: string, name: string, _options: object, command: Command) => {
      const { renameInLibrary } = await import('./commands/library.ts');
      finish(await renameInLibrary(file, name, contextOf(command)));
    });
}

export function addCareCommands({ root, finish }: Program, contextOf: ContextOf): void {
  root
    .command('verify')
    .argument('<files...>', 'image files')
    .description('compute checksums and compare them')
    .option('--md5', 'MD5')
    .option('--sha256', 'SHA-256 (what is computed without an option)')
    .option('--sha512', 'SHA-512')
    .option('--expect <value>', 'compare with this checksum')
    .option('--no-beside', 'leave checksum files beside the image alone')
    .addHelpText('after', help.verify)
    .action(async (files: string[], options: object, command: Command) => {
      const { verify } = await import('./commands/verify.ts');
      finish(await verify(files, verifyOptions(options), contextOf(command)));
    });
  root
    .command('check')
    .argument('<file>', 'an image that is not attached writable')
    .description('check the file systems of an image, and repair them if asked to')
    .option('-p, --partition <number>', 'only this partition')
    .option('--repair', 'repair what is damaged; only on the file, with your own rights')
    .option('-v, --verbose', 'also what the tools say')
    .addHelpText('after', help.check)
    .action(async (file: string, options: object, command: Command) => {
      const { check } = await import('./commands/check.ts');
      finish(await check(file, checkOptions(options), contextOf(command)));
    });
  root
    .command('label')
    .argument('<file>', 'an image that is not attached')
    .argument('[label]', "the new label; '' for none; without it the present one is printed")
    .description('show or change the label or UUID of a file system in an image')
    .option('-p, --partition <number>', 'of this partition')
    .option('--uuid <uuid>', 'the new UUID, or random')
    .addHelpText('after', help.label)
    .action(async (file: string, text: string | undefined, options: object, command: Command) => {
      const { label } = await import('./commands/check.ts');
      finish(await label(file, labelOptions(text, options), contextOf(command)));
    });
  root
    .command('sparsify')
    .argument('<files...>', 'images that are not attached')
    .description('give zeroed space of images back; their content stays the same')
    .addHelpText('after', help.sparsify)
    .action(async (files: string[], _options: object, command: Command) => {
      const { sparsify } = await import('./commands/check.ts');
      finish(await sparsify(files, contextOf(command)));
    });
}
