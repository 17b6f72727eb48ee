/** The size that a dialog begins with. */
import type { ResizeFacts } from '../../../electron/ipc/resize.ts';

/** Half as much again, in whole units of the size, as far as the disk has room. */
export function suggestedSize(facts: ResizeFacts): bigint {
  const present = BigInt(facts.sizeBytes);
  const unit = present >= 1n << 30n ? 1n << 30n : present >= 1n << 20n ? 1n << 20n : 4096n;
  const half = present + present / 2n + 1n;
  const suggested = half + ((unit - (half % unit)) % unit);
  return suggested - present > BigInt(facts.freeBytes) ? present : suggested;
}
