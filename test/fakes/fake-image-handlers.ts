/** The part of the fake that deals with files: choosing, describing, attaching. */
import type { RendererParams } from '../../electron/ipc/methods.ts';
import type { ImageFile } from '../../electron/ipc/images.ts';
import { FakeRefusal, type FakeControls, type FakeHandlers } from './fake-contract.ts';
import { homeFolder, type FakeFile } from './fake-files.ts';
import type { FakeModel } from './fake-model.ts';
import { mountAll } from './fake-mount-handlers.ts';
import { decimal, GIB, loopDevice, MIB, partition } from './sample-devices.ts';

export function createImageHandlers(model: FakeModel, controls: Pick<FakeControls, 'chosenPaths'>) {
  const fileOf = (id: string): FakeFile => {
    const path = model.files.pathOf(id);
    if (path === undefined) throw new FakeRefusal('FILE_UNKNOWN');
    const file = model.files.find(path);
    if (file === undefined) throw new FakeRefusal('FILE_NOT_FOUND');
    return file;
  };
  const attachedAs = (file: FakeFile): number[] =>
    model.state.devices.filter((device) => device.backingFile?.text === file.path).map((device) => device.number);

  return {
    'images/choose': (): readonly ImageFile[] => {
      if (model.state.host === 'browser') throw new FakeRefusal('NOT_IN_THIS_HOST');
      return controls.chosenPaths.splice(0).map((path) => model.files.imageOf(path));
    },
    'images/list-folder': ({ folder, showHidden }: RendererParams<'images/list-folder'>) => {
      const path = folder === null ? homeFolder : model.files.pathOf(folder);
      if (path === undefined) throw new FakeRefusal('FILE_UNKNOWN');
      if (path === '/home') throw new FakeRefusal('FOLDER_NOT_READABLE');
      return model.files.list(path, showHidden);
    },
    'images/paste': ({ text }: RendererParams<'images/paste'>) => {
      const lines = (text ?? '/home/maria/images/photos.ext4').split('\n').filter((line) => line.trim() !== '');
      const paths = lines.map((line) => decodeURI(line.trim().replace(/^file:\/\//u, '')));
      if (paths.length === 0 || paths.some((path) => !path.startsWith('/'))) throw new FakeRefusal('NO_IMAGE_NAMED');
      for (const path of paths) if (model.files.find(path) === undefined) throw new FakeRefusal('FILE_NOT_FOUND');
      return paths.map((path) => model.files.imageOf(path));
    },
    'images/describe': ({ image }: RendererParams<'images/describe'>) => {
      const file = fileOf(image);
      return {
        ...model.files.imageOf(file.path),
        sizeBytes: file.sizeBytes.toString(),
        allocatedBytes: (file.sizeBytes / 2n).toString(),
        isBlockDevice: false,
        access: file.access ?? 'read-write',
        attachedAs: attachedAs(file),
        freeBytes: (112n * GIB).toString(),
      };
    },
    'devices/attach': ({ image, options, mount }: RendererParams<'devices/attach'>) => {
      const file = fileOf(image);
      if (file.access === 'none') throw new FakeRefusal('FILE_NOT_READABLE');
      if (file.sizeBytes < 512n) throw new FakeRefusal('IMAGE_TOO_SMALL');
      const offset = BigInt(options.offsetBytes);
      const limit = BigInt(options.sizeLimitBytes);
      if (offset >= file.sizeBytes) throw new FakeRefusal('OFFSET_BEYOND_END');
      if (offset + limit > file.sizeBytes) throw new FakeRefusal('SIZE_LIMIT_BEYOND_END');
      const [present] = attachedAs(file);
      if (present !== undefined && options.whenAttached === 'refuse') {
        throw new FakeRefusal('IMAGE_OVERLAPS', { detail: { device: present } });
      }
      if (present !== undefined && options.whenAttached === 'reuse') {
        return {
          device: present,
          diskseq: model.expectDevice(present).diskseq,
          outcome: 'already-attached' as const,
          readOnlyReason: null,
          warnings: [],
          ...mountAll(model, present, mount),
        };
      }
      const readOnly = options.readOnly || file.access === 'read-only';
      const size = limit === 0n ? file.sizeBytes - offset : limit;
      const device = loopDevice(model.freeNumber(), file.path, {
        diskseq: model.nextDiskseq(),
        sizeBytes: decimal((size / 512n) * 512n),
        readOnly,
        autoclear: options.autoclear,
        partitionScan: options.partitionScan,
        directIo: options.directIo,
        offsetBytes: options.offsetBytes,
        sizeLimitBytes: options.sizeLimitBytes,
        logicalBlockSizeBytes: options.logicalBlockSizeBytes === 0 ? 512 : options.logicalBlockSizeBytes,
        partitions: options.partitionScan && size > GIB ? [partition(1, MIB, size - 2n * MIB)] : [],
      });
      model.put(device);
      const reason = options.readOnly ? ('requested' as const) : readOnly ? ('no-permission' as const) : null;
      const mounted = mountAll(model, device.number, mount);
      return {
        device: device.number,
        diskseq: device.diskseq,
        outcome: 'attached' as const,
        readOnlyReason: reason,
        warnings: [],
        ...mounted,
      };
    },
  } satisfies Partial<FakeHandlers>;
}
