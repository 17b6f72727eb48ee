/** Whether something in an image has a name that something attached has too. Pure. */
import type { InspectedContent, InspectedTable, Inspection, InspectionFinding } from '../ipc/inspection.ts';

/** The names of something that this machine sees now. */
export interface Identity {
  /** Empty: it has none. */
  readonly uuid: string;
  readonly label: string;
  readonly volumeGroup: string;
  /** Device, as a person would name it. */
  readonly where: string;
}

type Place = { readonly partition: number | null; readonly content: InspectedContent };

/** One finding a place at most: what shares a UUID shares the label as well. */
export function findClashes(image: Pick<Inspection, 'whole' | 'table'>, identities: readonly Identity[]): readonly InspectionFinding[] {
  return placesOf(image.whole, image.table).flatMap(({ partition, content }) => clashOf(partition, content, identities) ?? []);
}

function placesOf(whole: InspectedContent | null, table: InspectedTable | null): readonly Place[] {
  const partitions = (table?.partitions ?? []).map(({ number, content }) => ({ partition: number, content }));
  return whole === null ? partitions : [{ partition: null, content: whole }, ...partitions];
}

function clashOf(partition: number | null, content: InspectedContent, identities: readonly Identity[]): InspectionFinding | null {
  if (content.type === 'LVM2_member') {
    const { label } = content;
    const group = label === null ? undefined : identities.find(({ volumeGroup }) => volumeGroup === label);
    if (group !== undefined && label !== null) return { code: 'volume-group-clash', partition, what: label, where: group.where };
  }
  const uuid = content.uuid?.toLowerCase() ?? '';
  const same = uuid === '' ? undefined : identities.find((identity) => identity.uuid.toLowerCase() === uuid);
  if (same !== undefined) return { code: 'uuid-clash', partition, what: content.uuid ?? '', where: same.where };
  const { label, kind } = content;
  const alike = label === null || kind !== 'file-system' ? undefined : identities.find((identity) => identity.label === label);
  return alike === undefined || label === null ? null : { code: 'label-clash', partition, what: label, where: alike.where };
}
