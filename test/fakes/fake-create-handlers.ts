/** The part of the fake that makes new image files: jobs that run until a test ends them. */
import { layOutPartitions } from '../../electron/ipc/partition-layout.ts';
import type { RendererParams } from '../../electron/ipc/methods.ts';
import type { ImageFormat } from '../../electron/ipc/inspection.ts';
import type { FolderPlace } from '../../electron/ipc/new-image.ts';
import type { JobTitle } from '../../electron/ipc/state.ts';
import { FakeRefusal, type FakeControls, type FakeHandlers } from './fake-contract.ts';
import { homeFolder } from './fake-files.ts';
import type { FakeModel } from './fake-model.ts';
import { GIB } from './sample-devices.ts';
import { sampleJob } from './sample-jobs.ts';

export function createCreateHandlers(model: FakeModel, controls: Pick<FakeControls, 'chosenPaths'>) {
  const place = (path: string): FolderPlace => ({ id: model.files.idOf(path), path });
  const pathOf = (id: string): string => {
    const listed = model.library.images.find((image) => image.id === id);
    const path = model.files.pathOf(id) ?? (listed === undefined ? undefined : `${listed.folder}/${listed.name}`);
    if (path === undefined) throw new FakeRefusal('FILE_UNKNOWN');
    return path;
  };
  const isTaken = (folder: string, name: string): boolean => model.files.find(`${folder}/${name}`) !== undefined;
  const freeName = (folder: string, wanted: string): string => {
    if (!isTaken(folder, wanted)) return wanted;
    const dot = wanted.lastIndexOf('.');
    return `${wanted.slice(0, dot)}-2${wanted.slice(dot)}`;
  };
  const start = (kind: JobTitle['kind'], about: string, { folder, name }: { folder: string; name: string }): { readonly job: number } => {
    const path = pathOf(folder);
    if (name.includes('/')) throw new FakeRefusal('FILE_NAME_INVALID');
    if (isTaken(path, name)) throw new FakeRefusal('FILE_EXISTS');
    const id = model.nextId();
    model.putJob(sampleJob(id, { kind, fileName: about }));
    return { job: id };
  };
  const imageName = (id: string): string => pathOf(id).slice(pathOf(id).lastIndexOf('/') + 1);
  const chosen = (): string | null => {
    if (model.state.host === 'browser') throw new FakeRefusal('NOT_IN_THIS_HOST');
    return controls.chosenPaths.shift() ?? null;
  };

  return {
    'images/creation-facts': ({ folder, wanted }: RendererParams<'images/creation-facts'>) => {
      const path = folder === null ? `${homeFolder}/images` : pathOf(folder);
      return {
        folder: place(path),
        writable: path !== '/home',
        freeBytes: (112n * GIB).toString(),
        freeName: freeName(path, wanted),
        missing: model.missingTools,
      };
    },
    'images/check-name': ({ folder, name }: RendererParams<'images/check-name'>) => {
      if (name.includes('/') || name === '.' || name === '..') return { kind: 'invalid' as const };
      const path = pathOf(folder);
      return isTaken(path, name) ? { kind: 'taken' as const, suggestion: freeName(path, name) } : { kind: 'free' as const };
    },
    'images/choose-folder': () => {
      const path = chosen();
      return path === null ? null : place(path);
    },
    'images/choose-new': () => {
      const path = chosen();
      const slash = path?.lastIndexOf('/') ?? -1;
      return path === null ? null : { folder: place(path.slice(0, slash)), name: path.slice(slash + 1) };
    },
    'images/create': ({ contents, folder, name }: RendererParams<'images/create'>) => {
      if (contents.kind === 'partitions') {
        const partitions = contents.partitions.map((one) => ({ ...one, sizeBytes: one.sizeBytes === null ? null : BigInt(one.sizeBytes) }));
        const { problems } = layOutPartitions(BigInt(contents.sizeBytes), contents.table, partitions);
        if (problems.some((problem) => problem !== null)) throw new FakeRefusal('LAYOUT_INVALID');
      }
      return start(contents.kind === 'copy' ? 'copy' : 'create', name, { folder, name });
    },
    'images/conversion-facts': ({ image }: RendererParams<'images/conversion-facts'>) => {
      const path = pathOf(image);
      const folder = path.slice(0, path.lastIndexOf('/'));
      const format = model.inspections[path]?.format ?? (path.endsWith('.qcow2') ? qcow2 : { kind: 'raw' });
      const from = format.kind === 'container' || format.kind === 'compressed' ? format.name : null;
      const sizeBytes = format.kind === 'container' ? format.virtualSizeBytes : format.kind === 'compressed' ? format.unpackedBytes : null;
      return {
        from,
        sizeBytes,
        otherFiles: path.includes('difference') ? ['/etc/base.qcow2'] : [],
        missing: null,
        place: { ...place(folder), freeName: freeName(folder, `${imageName(image).replace(/\.(?:qcow2|xz)$/u, '')}.img`) },
        freeBytes: (112n * GIB).toString(),
      };
    },
    'images/convert': ({ image, folder, name, otherFiles }: RendererParams<'images/convert'>) => {
      if (pathOf(image).includes('difference') && !otherFiles) throw new FakeRefusal('IMAGE_HAS_PARENTS');
      return start('convert', imageName(image), { folder, name });
    },
    'resize/rebuild': ({ folder, name }: RendererParams<'resize/rebuild'>) => start('copy', name, { folder, name }),
    'images/export': ({ image, folder, name }: RendererParams<'images/export'>) => start('export', imageName(image), { folder, name }),
    'devices/image-file': ({ device }: RendererParams<'devices/image-file'>) => {
      const path = model.state.devices.find(({ number }) => number === device)?.backingFile?.text;
      if (path === undefined) throw new FakeRefusal('FILE_NOT_FOUND');
      return model.files.imageOf(path);
    },
  } satisfies Partial<FakeHandlers>;
}

const qcow2: ImageFormat = { kind: 'container', name: 'qcow2', virtualSizeBytes: (20n * GIB).toString(), parentName: null };
