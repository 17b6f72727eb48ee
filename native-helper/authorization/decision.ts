/** Which question a request needs: pure, from the method table and three facts. Runs as root. */
import type { Ownership } from '../protocol/devices.ts';
import type { OthersToTell } from '../protocol/holders.ts';
import type { Authorization, PolkitAction } from '../protocol/methods.ts';

/** What came with a request: nothing, a regular file, or a block device (which only an administrator may have attached). */
export type DescriptorKind = 'none' | 'regular' | 'block';

export interface DecisionFacts {
  /** Of the caller; 0 owns everything. */
  readonly uid: number;
  /** Of the device the request is about; `own` where it is about none. */
  readonly device: Ownership;
  /** Of the mount the request is about; `unknown` when the helper did not make it, null where it is about none. */
  readonly mount: Ownership | null;
  /** The request names a type of file system that few people use. */
  readonly isUncommon: boolean;
  readonly descriptor: DescriptorKind;
  /** What the request wants to know of other users' processes; null where it is about none. */
  readonly othersToTell: OthersToTell | null;
}

export type Decision =
  | { readonly kind: 'granted' }
  | { readonly kind: 'ask'; readonly action: PolkitAction }
  /** Not even an administrator's password helps (DESIGN.md §3). */
  | { readonly kind: 'refused' };

/** Applies an entry of the method table. */
export function decideAuthorization(authorization: Authorization, facts: DecisionFacts): Decision {
  if (authorization === 'none' || facts.uid === 0) return { kind: 'granted' };
  // No more than the caller finds in /proc himself.
  if (authorization.named !== undefined && facts.othersToTell === 'leave-out') return { kind: 'granted' };
  const action = isOwn(authorization, facts) ? ownAction(authorization, facts) : authorization.others;
  if (action === 'refused') return { kind: 'refused' };
  if (action === null) return { kind: 'granted' };
  // A block device as backing file would hand its content to the caller, whoever owns the loop device.
  if (facts.descriptor === 'block' && action === 'loop-setup') return { kind: 'ask', action: 'loop-setup-special' };
  return { kind: 'ask', action };
}

type Entry = Exclude<Authorization, 'none'>;

/** A mount the helper did not make counts as somebody else's; its operation then refuses it, whatever was answered. */
function isOwn(entry: Entry, facts: DecisionFacts): boolean {
  switch (entry.of) {
    case undefined:
      return facts.device === 'own';
    case 'mount':
      return facts.mount === 'own';
    case 'mount-and-device':
      return facts.mount === 'own' && facts.device === 'own';
    default:
      return entry.of satisfies never;
  }
}

function ownAction(entry: Entry, facts: DecisionFacts): PolkitAction | null {
  if (facts.othersToTell === 'name' && entry.named !== undefined) return entry.named;
  return facts.isUncommon && entry.uncommon !== undefined ? entry.uncommon : entry.own;
}
