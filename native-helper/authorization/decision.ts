/** Which question a request needs: pure, from the method table and three facts. Runs as root. */
import type { Ownership } from '../protocol/devices.ts';
import type { Authorization, PolkitAction } from '../protocol/methods.ts';

/** What came with a request: nothing, a regular file, or a block device (which only an administrator may have attached). */
export type DescriptorKind = 'none' | 'regular' | 'block';

export interface DecisionFacts {
  /** Of the caller; 0 owns everything. */
  readonly uid: number;
  /** Of the device the request is about; `own` where it is about none. */
  readonly ownership: Ownership;
  readonly descriptor: DescriptorKind;
}

export type Decision =
  | { readonly kind: 'granted' }
  | { readonly kind: 'ask'; readonly action: PolkitAction }
  /** Not even an administrator's password helps (DESIGN.md §3). */
  | { readonly kind: 'refused' };

/** Applies an entry of the method table. */
export function decideAuthorization(authorization: Authorization, facts: DecisionFacts): Decision {
  if (authorization === 'none' || facts.uid === 0) return { kind: 'granted' };
  const action = facts.ownership === 'own' ? authorization.own : authorization.others;
  if (action === 'refused') return { kind: 'refused' };
  if (action === null) return { kind: 'granted' };
  // A block device as backing file would hand its content to the caller, whoever owns the loop device.
  if (facts.descriptor === 'block' && action === 'loop-setup') return { kind: 'ask', action: 'loop-setup-special' };
  return { kind: 'ask', action };
}
