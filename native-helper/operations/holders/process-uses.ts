/** What one process was found to use: the first uses of each place, and how many there are. Pure. */
import type { ProcessUse } from '../../protocol/holders.ts';
import type { PlaceKey } from './process-scan.ts';

/** More than this of one process nobody reads. */
const MOST_USES = 8;
/** Of all processes together: names of users' files, which the reply has to hold. */
const MOST_BYTES = 4 * 1024 * 1024;
const BYTES_BESIDE_PATH = 128;

/** How much may still be kept, of all processes of a list. */
export class UseRoom {
  #bytes = MOST_BYTES;

  take(bytes: number): boolean {
    if (bytes > this.#bytes) return false;
    this.#bytes -= bytes;
    return true;
  }
}

export interface CountedUses {
  readonly uses: readonly ProcessUse[];
  readonly count: number;
}

interface Counter {
  readonly uses: ProcessUse[];
  count: number;
}

const newCounter = (): Counter => ({ uses: [], count: 0 });

export class ProcessUses {
  readonly #room: UseRoom;
  readonly #places = new Map<PlaceKey, Counter>();
  readonly #writes = newCounter();
  /** False: not everything was looked at, or it found no room. */
  isWhole = true;

  constructor(room: UseRoom) {
    this.#room = room;
  }

  add(place: PlaceKey, use: ProcessUse): void {
    const counter = this.#places.get(place) ?? newCounter();
    this.#places.set(place, counter);
    this.#count(counter, use);
    if (place === 'file' || (use.kind === 'node' && use.mode !== 'read')) this.#count(this.#writes, use);
  }

  #count(counter: Counter, use: ProcessUse): void {
    if (counter.uses.length < MOST_USES) {
      if (this.#room.take(use.path.text.length + BYTES_BESIDE_PATH)) counter.uses.push(use);
      else this.isWhole = false;
    }
    counter.count += 1;
  }

  get isEmpty(): boolean {
    return this.#places.size === 0;
  }

  /** Of a place whose uses found no room only the number is known. */
  get places(): ReadonlyMap<PlaceKey, CountedUses> {
    return this.#places;
  }

  /** Of all places: what it writes past the file systems. */
  get writes(): CountedUses {
    return this.#writes;
  }
}
