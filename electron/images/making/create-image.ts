/**
 * New images: what is asked for is checked and planned first, then made. The window's jobs and the command line run the same.
 * Main process and command line.
 */
import { checkPlace, makeNewFile, type NewPlace } from './new-file.ts';
import { planCopy } from './plan-copy.ts';
import { planFolder } from './plan-folder.ts';
import { planEmpty, planFileSystem, planPartitions } from './plan-sized.ts';
import type { ContentsPlan, CreationPlan, WantedContents, WantedImage } from './wanted-image.ts';

/** Throws what images/create names in ipc/create-methods.ts; nothing is made yet. */
export async function planImage({ place, contents, reserved }: WantedImage): Promise<CreationPlan> {
  await checkPlace(place);
  const { steps, fill } = await planContents(contents, place, reserved);
  return {
    steps,
    run: async (signal, report) => makeNewFile(place, signal, async (draft) => fill(draft, signal, report)),
  };
}

async function planContents(contents: WantedContents, place: NewPlace, reserved: boolean): Promise<ContentsPlan> {
  switch (contents.kind) {
    case 'empty':
      return planEmpty(contents.sizeBytes, place, reserved);
    case 'file-system':
      return planFileSystem(contents, place, reserved);
    case 'partitions':
      return planPartitions(contents, place, reserved);
    case 'folder':
      return planFolder(contents, place);
    case 'copy':
      return planCopy(contents.source, place, reserved);
  }
}
