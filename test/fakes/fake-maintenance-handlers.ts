/** Checksums, checks and labels of the fake: what the library says of an image decides how they turn out. */
import type { Checksums, LibraryImage } from '../../electron/ipc/library.ts';
import type { CheckResult } from '../../electron/ipc/maintenance.ts';
import type { RendererParams } from '../../electron/ipc/methods.ts';
import { FakeRefusal, type FakeHandlers } from './fake-contract.ts';
import type { FakeModel } from './fake-model.ts';

/** What every image of the fake has. */
export const fakeSums = {
  md5: 'd41d8cd98f00b204e9800998ecf8427e',
  sha256: '30e14955ebf1352266dc2ff8067e68104607e750abb9d3b36582b8af909fcb58',
  sha512: 'f'.repeat(128),
} as const;

export function createMaintenanceHandlers(model: FakeModel) {
  const { library, damaged } = model;
  const find = (id: string): LibraryImage => {
    const image = library.images.find((one) => one.id === id);
    if (image === undefined) throw new FakeRefusal('FILE_UNKNOWN');
    return image;
  };
  const verify = ({ image: id, algorithms, expected }: RendererParams<'images/verify'>) => {
    const image = find(id);
    const pasted = expected?.trim() ?? '';
    const kind = ({ 32: 'md5', 64: 'sha256', 128: 'sha512' } as const)[pasted.length];
    if (pasted !== '' && kind === undefined) throw new FakeRefusal('CHECKSUM_INVALID');
    const kinds = [...new Set([...algorithms, ...(kind === undefined ? [] : [kind])])];
    const sums: Checksums = Object.fromEntries(kinds.map((one) => [one, fakeSums[one]]));
    const outcome = kind === undefined ? ('computed' as const) : fakeSums[kind] === pasted ? ('matches' as const) : ('differs' as const);
    library.put({ ...image, verified: { at: Date.now(), outcome, against: null, sums, current: true } });
    return { sums, outcome, against: null };
  };
  return {
    'images/checksum-files': ({ image }: RendererParams<'images/checksum-files'>) =>
      find(image).name.endsWith('.iso') ? [{ name: 'SHA256SUMS', sums: { sha256: fakeSums.sha256 } }] : [],
    'images/verify': verify,
    'images/check': ({ image: id, partition, mode }: RendererParams<'images/check'>): CheckResult => {
      const image = find(id);
      const fileSystem = image.content?.kind === 'known' ? image.content.type : '';
      if (fileSystem === '' || (fileSystem === 'gpt' && partition === null)) throw new FakeRefusal('CHECK_UNSUPPORTED');
      const isDamaged = damaged.has(id);
      if (mode === 'repair') damaged.delete(id);
      const outcome = mode === 'repair' ? (isDamaged ? 'repaired' : 'clean') : isDamaged ? 'damaged' : 'clean';
      const refusal = fileSystem === 'btrfs' ? 'btrfs' : null;
      return { partition, fileSystem, outcome, refusal, program: 'e2fsck', output: 'Pass 1: Checking inodes, blocks, and sizes' };
    },
    'images/relabel': ({ image: id, label, uuid }: RendererParams<'images/relabel'>) => {
      const image = find(id);
      if (image.content?.kind !== 'known') throw new FakeRefusal('RELABEL_UNSUPPORTED');
      const next = label === null ? image.content.label : label === '' ? null : label;
      library.put({ ...image, content: { ...image.content, label: next } });
      return { label: next, uuid: uuid === 'random' ? '11111111-2222-4333-8444-555555555555' : uuid };
    },
    'images/sparsify': ({ image: id }: RendererParams<'images/sparsify'>) => {
      const image = find(id);
      const before = BigInt(image.allocatedBytes ?? 0);
      library.put({ ...image, allocatedBytes: (before / 2n).toString() });
      return { beforeBytes: before.toString(), afterBytes: (before / 2n).toString() };
    },
  } satisfies Partial<FakeHandlers>;
}
