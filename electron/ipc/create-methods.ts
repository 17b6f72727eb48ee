/** Calls that make new image files. Each checks first and answers with the job that does it, or refuses and has done nothing. */
import * as v from 'valibot';
import { deviceTarget } from '../../native-helper/protocol/devices.ts';
import { fileId, type ImageFile } from './images.ts';
import { method } from './method.ts';
import {
  exportFormats,
  newContents,
  newName,
  newPlace,
  type ConversionFacts,
  type CreationFacts,
  type FolderPlace,
  type NameFinding,
} from './new-image.ts';

/** Number of the job in the state. */
export interface StartedJob {
  readonly job: number;
}

export const createMethods = {
  /** Null: the folder used last, at first the home folder. `wanted`: the name that `freeName` is made of. */
  'images/creation-facts': method<CreationFacts>()(v.strictObject({ folder: v.nullable(fileId), wanted: newName })),
  'images/check-name': method<NameFinding>()(newPlace),
  /** Native chooser of a folder; null when dismissed. Electron host only. */
  'images/choose-folder': method<FolderPlace | null>()(v.strictObject({})),
  /** Native dialog for a new file; null when dismissed. Electron host only. */
  'images/choose-new': method<{ readonly folder: FolderPlace; readonly name: string } | null>()(newPlace),

  /**
   * Makes an image file; never over an existing one. With `attach` it is attached, and what is mountable is mounted, when it is done.
   * Errors: FILE_EXISTS, FILE_NAME_INVALID, FOLDER_NOT_FOUND, FOLDER_NOT_WRITABLE, NO_SPACE, LABEL_INVALID, LAYOUT_INVALID, SIZE_INVALID, TOOL_MISSING.
   */
  'images/create': method<StartedJob>()(
    v.strictObject({ ...newPlace.entries, contents: newContents, space: v.picklist(['as-needed', 'reserved']), attach: v.boolean() }),
  ),
  'images/conversion-facts': method<ConversionFacts>()(v.strictObject({ image: fileId })),
  /**
   * Converts a container, or unpacks a compressed image, to a raw image. `otherFiles`: whether it may take data from the further
   * files that it names. Errors: IMAGE_HAS_PARENTS, NOT_CONVERTIBLE, and those of images/create.
   */
  'images/convert': method<StartedJob>()(v.strictObject({ image: fileId, ...newPlace.entries, otherFiles: v.boolean() })),
  /** Writes a raw image in another format. `compress`: see `compressibleFormats`. */
  'images/export': method<StartedJob>()(
    v.strictObject({ image: fileId, ...newPlace.entries, format: v.picklist(exportFormats), compress: v.boolean() }),
  ),
  /** The file behind a device, to do something with it as a file. Errors: FILE_NOT_FOUND. */
  'devices/image-file': method<ImageFile>()(deviceTarget),
} as const;
