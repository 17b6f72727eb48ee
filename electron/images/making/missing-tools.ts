/** Which programs are not installed, by what they would make. Main process and command line. */
import { fileSystemNames, folderFormats } from '../../ipc/file-systems.ts';
import { exportFormats, type CreationFacts, type NeededTool } from '../../ipc/new-image.ts';
import { findTool } from '../../tools/find-tool.ts';
import { toolPackages, type ToolName } from '../../tools/tool-packages.ts';
import { exporterOf } from './export-image.ts';
import { makerOf } from './make-file-system.ts';
import { packerOf } from './pack-folder.ts';

export function findMissingTools(): CreationFacts['missing'] {
  return {
    fileSystems: missingOf(fileSystemNames, (name) => makerOf[name]),
    folders: missingOf(folderFormats, (name) => packerOf[name]),
    exports: missingOf(exportFormats, exporterOf),
    tables: needOf('sfdisk'),
  };
}

/** Null: it is there. */
export function needOf(program: ToolName): NeededTool | null {
  return findTool(program) === null ? { program, package: toolPackages[program] } : null;
}

function missingOf<T extends string>(things: readonly T[], toolOf: (thing: T) => ToolName): Partial<Record<T, NeededTool>> {
  const missing = things.flatMap((thing) => {
    const need = needOf(toolOf(thing));
    return need === null ? [] : [[thing, need] as const];
  });
  // Object.fromEntries forgets which keys there are; they come from the list itself.
  return Object.fromEntries(missing) as Partial<Record<T, NeededTool>>;
}
