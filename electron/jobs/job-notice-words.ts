/** What notifications say of jobs that have ended; the name of the file stands below. English first. */
import type { VerifyOutcome } from '../ipc/library.ts';
import type { CheckOutcome } from '../ipc/maintenance.ts';
import type { Job, JobTitle } from '../ipc/state.ts';

type Words = Readonly<Record<JobTitle['kind'], string>>;

const endedWords: Words = {
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

const failedWords: Words = {
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

/** Said in place of the end of the work: what it found. */
const checkedWords: Readonly<Record<CheckOutcome, string>> = {
  clean: 'No errors found in the file system',
  damaged: 'Errors found in the file system',
  repaired: 'File system repaired',
  'partly-repaired': 'File system repaired only in part',
};

const verifiedWords: Readonly<Record<VerifyOutcome, string>> = {
  matches: 'The image is intact',
  differs: 'The image is not the expected one',
  computed: 'Checksums computed',
};

/** What is said of a job that has ended. */
export function endText({ state, title, result }: Pick<Job, 'state' | 'title' | 'result'>): string {
  if (state.kind === 'failed') return failedWords[title.kind];
  if (result?.kind === 'check') return checkedWords[result.outcome];
  return result?.kind === 'verify' ? verifiedWords[result.outcome] : endedWords[title.kind];
}
