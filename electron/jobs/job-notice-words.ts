/** What notifications say of jobs that have ended; the name of the file stands below. English first. */
import type { JobTitle } from '../ipc/state.ts';

type Words = Readonly<Record<JobTitle['kind'], string>>;

export const endedWords: Words = {
  attach: 'Image attached',
  create: 'Image created',
  copy: 'Image copied',
  convert: 'Image converted',
  unpack: 'Image unpacked',
  export: 'Image exported',
  hash: 'Checksums computed',
  check: 'File system checked',
  repair: 'File system repaired',
  relabel: 'Label changed',
  sparsify: 'Free space given back',
  resize: 'Image resized',
  detach: 'Image detached',
};

export const failedWords: Words = {
  attach: 'The image could not be attached',
  create: 'The image could not be created',
  copy: 'The image could not be copied',
  convert: 'The image could not be converted',
  unpack: 'The image could not be unpacked',
  export: 'The image could not be exported',
  hash: 'The checksums could not be computed',
  check: 'The file system could not be checked',
  repair: 'The file system could not be repaired',
  relabel: 'The label could not be changed',
  sparsify: 'Free space could not be given back',
  resize: 'The image could not be resized',
  detach: 'The image could not be detached',
};
