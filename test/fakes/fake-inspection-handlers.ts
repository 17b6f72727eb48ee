/** The part of the fake that looks into images and opens them. */
import type { OpenOutcome } from '../../electron/ipc/opening.ts';
import type { RendererParams, RendererResult } from '../../electron/ipc/methods.ts';
import { FakeRefusal, type FakeHandlers } from './fake-contract.ts';
import type { FakeModel } from './fake-model.ts';
import { inspection } from './sample-inspections.ts';

interface Others {
  readonly 'images/describe': (params: RendererParams<'images/describe'>) => RendererResult<'images/describe'>;
  readonly 'devices/attach': (params: RendererParams<'devices/attach'>) => RendererResult<'devices/attach'>;
}

/** `others`: what the fake does for the calls that these are made of. */
export function createInspectionHandlers(model: FakeModel, others: Others) {
  const inspect = ({ image }: RendererParams<'images/inspect'>): RendererResult<'images/inspect'> => {
    const { sizeBytes, allocatedBytes, attachedAs, access } = others['images/describe']({ image });
    if (access === 'none') throw new FakeRefusal('FILE_NOT_READABLE');
    const sample = model.inspections[model.files.pathOf(image) ?? ''] ?? inspection(BigInt(sizeBytes));
    return { ...sample, sizeBytes, allocatedBytes, attachedAs };
  };
  return {
    'images/inspect': inspect,
    'images/open': ({ image }: RendererParams<'images/open'>): OpenOutcome => {
      const { format, table, whole } = inspect({ image });
      if (format.kind !== 'raw') throw new FakeRefusal('IMAGE_NOT_RAW', { format });
      const { attachReadOnly, partitionScan, mountFileSystems } = model.state.settings;
      const options = { ...optionsOfOpening, readOnly: attachReadOnly, partitionScan };
      const { device, diskseq, outcome, readOnlyReason, mounts } = others['devices/attach']({ image, options, mount: mountFileSystems });
      const places = [{ number: null, content: whole }, ...(table?.partitions ?? [])];
      const notMounted = places.flatMap(({ number, content }) =>
        content?.kind === 'encrypted' ? [{ partition: number, type: content.type, reason: 'encrypted' as const }] : [],
      );
      return {
        kind: outcome,
        device,
        diskseq,
        readOnlyReason,
        mounts,
        notMounted,
        nothingToMount: mountFileSystems && mounts.length === 0,
      };
    },
  } satisfies Partial<FakeHandlers>;
}

const zero = '0' as RendererParams<'devices/attach'>['options']['offsetBytes'];
const optionsOfOpening: Omit<RendererParams<'devices/attach'>['options'], 'readOnly' | 'partitionScan'> = {
  offsetBytes: zero,
  sizeLimitBytes: zero,
  logicalBlockSizeBytes: 0,
  autoclear: false,
  directIo: false,
  reference: null,
  whenAttached: 'reuse',
};
