/** The words of checksums, checks, labels and space. */
import type { ChecksumAlgorithm, VerifyOutcome } from '../../electron/ipc/library.ts';
import type { CheckOutcome, RepairRefusal } from '../../electron/ipc/maintenance.ts';
import { formatSize, showText } from './format.ts';

const name = (text: string): string => `“${showText(text)}”`;

export const algorithmNames = { md5: 'MD5', sha256: 'SHA-256', sha512: 'SHA-512' } satisfies Record<ChecksumAlgorithm, string>;

export const verifyWords = {
  menu: 'Verify…',
  title: (image: string) => `Verify ${name(image)}`,
  confirm: 'Verify',
  expected: 'Expected checksum',
  expectedHint: 'Optional. Paste MD5, SHA-256 or SHA-512; which one it is shows by its length.',
  recognised: (algorithm: ChecksumAlgorithm) => `This is a ${algorithmNames[algorithm]} checksum.`,
  notRecognised: 'A checksum has 32, 64 or 128 hexadecimal digits.',
  compute: 'Compute',
  algorithmHint: {
    md5: 'Only tells accidents, not tampering',
    sha256: 'The usual one',
    sha512: 'Longer, and as safe',
  } satisfies Record<ChecksumAlgorithm, string>,
  nothing: 'Choose a checksum, or paste one.',
  beside: (files: readonly string[]) => `Compare with ${files.map(showText).join(' and ')}`,
  besideHint: 'Found beside the image',
  section: 'Checksums',
  outcomes: {
    matches: (against: string | null) => (against === null ? 'It is the expected one' : `As ${showText(against)} says`),
    differs: (against: string | null) => (against === null ? 'It is not the expected one' : `Not as ${showText(against)} says`),
    computed: () => 'Computed, not compared',
  } satisfies Record<VerifyOutcome, (against: string | null) => string>,
  verdicts: {
    matches: 'The image is intact',
    differs: 'The image is not the expected one',
    computed: 'Checksums computed',
  } satisfies Record<VerifyOutcome, string>,
  goodText: (against: string | null) =>
    against === null ? 'Its checksum is the expected one.' : `Its checksum is the one in ${showText(against)}.`,
  badText: (against: string | null) =>
    against === null
      ? 'Its checksum is not the one that was pasted. It may be damaged, incomplete, or another version.'
      : `Its checksum is not the one in ${showText(against)}. It may be damaged, incomplete, or another version.`,
  computedText: 'They were not compared with anything.',
  /** Once its dialog is not there any more. */
  told: (image: string, outcome: VerifyOutcome) => `${name(image)}: ${verifyWords.verdicts[outcome]}.`,
  when: (time: string) => `Verified ${time}`,
  changed: 'The image has changed since',
  changedText: 'These checksums are of an earlier state of the file.',
  again: 'Verify Again…',
  failed: (image: string) => `Could not verify ${name(image)}`,
} as const;

export const checkWords = {
  menu: 'Check…',
  title: (image: string) => `Check ${name(image)}`,
  confirm: 'Check',
  repair: 'Repair…',
  repairNow: 'Repair',
  explain: 'The file system’s own tool looks for errors. Nothing is written.',
  explainCopy: 'Its tool cannot look into a partition, so a copy of the partition is made first and removed afterwards.',
  what: 'File system',
  whole: 'On the whole image',
  partition: (number: number) => `Partition ${number}`,
  looking: 'Looking for file systems…',
  none: 'There is no file system here that Platter can check.',
  outcomes: {
    clean: 'No errors found',
    damaged: 'Errors found',
    repaired: 'Repaired',
    'partly-repaired': 'Repaired in part',
  } satisfies Record<CheckOutcome, string>,
  texts: {
    clean: 'The file system is sound.',
    damaged: 'The file system is damaged. Nothing was changed so far.',
    repaired: 'The errors were mended; a second check found none.',
    'partly-repaired': 'Some errors could not be mended. Copy what can still be read.',
  } satisfies Record<CheckOutcome, string>,
  refusals: {
    btrfs: 'Platter does not repair Btrfs: its repair tool may make things worse. Mount it read-only and copy what can be read.',
    ntfs: 'Platter does not repair NTFS: only Windows can do that wholly (chkdsk).',
    'read-only-format': 'This format cannot be repaired. Make or download the image anew.',
    partition: 'The tool for this file system cannot work inside a partition of an image, and a repaired copy would not mend the image.',
  } satisfies Record<RepairRefusal, string>,
  repairTitle: (image: string) => `Repair ${name(image)}?`,
  repairText: 'The tool writes to the image file. What it cannot keep is lost, and this cannot be undone: copy the image first if you can.',
  /** Once its dialog is not there any more. */
  told: (image: string, outcome: CheckOutcome) => `${name(image)}: ${checkWords.outcomes[outcome]}. ${checkWords.texts[outcome]}`,
  said: (program: string) => `What ${program} said`,
  failed: (image: string) => `Could not check ${name(image)}`,
  repairFailed: (image: string) => `Could not repair ${name(image)}`,
} as const;

export const labelWords = {
  menu: 'Change Label…',
  title: (image: string) => `Label of ${name(image)}`,
  confirm: 'Change',
  label: 'Label',
  hint: 'Leave it empty for no label.',
  newUuid: 'New identifier (UUID)',
  newUuidHint: 'For a copy that is to be used beside its original',
  present: (uuid: string) => `Now: ${uuid}`,
  problems: {
    'too-long': 'The label is too long for this file system.',
    characters: 'This file system does not take some of these characters.',
    'leading-dash': 'A label may not begin with a dash.',
  },
  unchanged: 'Nothing would change.',
  none: 'There is no file system here whose label can be changed.',
  done: (image: string) => `Label of ${name(image)} changed.`,
  failed: (image: string) => `Could not change the label of ${name(image)}`,
} as const;

export const spaceWords = {
  menu: 'Give Back Free Space',
  given: (image: string, bytes: bigint, left: bigint) =>
    bytes > 0n
      ? `${formatSize(bytes)} of ${name(image)} given back; ${formatSize(left)} on disk now.`
      : `${name(image)} holds no zeroed space that could be given back.`,
  notMounted: 'Mount it, so that its free space is known, or detach it.',
  failed: (image: string) => `Could not give back space of ${name(image)}`,
} as const;
