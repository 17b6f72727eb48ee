/** What a new size means, and how the slider counts. Pure. */
import { growWords } from '../../text/dialog-words.ts';
import { formatSize } from '../../text/format.ts';
import { roundUp } from '../../text/parse-size.ts';
import { fieldWords } from '../../text/words.ts';

/** loff_t of the kernel. */
const LARGEST_FILE_BYTES = 2n ** 63n - 1n;
const SLIDER_STEPS = 1000n;

export interface GrowthQuestion {
  readonly presentBytes: bigint;
  /** Null while the field holds no size. */
  readonly wantedBytes: bigint | null;
  /** Free on the disk of the file. Null while not known. */
  readonly freeBytes: bigint | null;
  readonly offsetBytes: bigint;
  /** Of the file as it is, which may reach beyond the device. Null while not known. */
  readonly fileBytes: bigint | null;
}

export interface GrowthAnswer {
  readonly error?: string;
}

export function checkGrowth({ presentBytes, wantedBytes, freeBytes, offsetBytes, fileBytes }: GrowthQuestion): GrowthAnswer {
  if (wantedBytes === null) return { error: fieldWords.notASize };
  if (wantedBytes <= presentBytes) return { error: growWords.notLarger(formatSize(presentBytes)) };
  if (wantedBytes + offsetBytes > LARGEST_FILE_BYTES) return { error: growWords.tooLarge };
  const end = wantedBytes + offsetBytes;
  // As main counts: what the file has to grow by, whether or not it is filled at once.
  if (freeBytes !== null && end - (fileBytes ?? presentBytes + offsetBytes) > freeBytes) {
    return { error: growWords.beyondFree(formatSize(freeBytes)) };
  }
  return {};
}

export interface SliderRange {
  readonly steps: number;
  readonly largestBytes: bigint;
  readonly toBytes: (steps: number) => bigint;
  readonly toSteps: (bytes: bigint) => number;
}

/**
 * From the present size to four times of it, but not beyond the free space; a typed size beyond that widens the range,
 * so that the thumb always stands where the value is.
 */
export function sliderRange(presentBytes: bigint, freeBytes: bigint | null, valueBytes: bigint): SliderRange {
  const quadruple = presentBytes * 4n;
  const room = freeBytes === null ? quadruple : presentBytes + freeBytes;
  const usual = quadruple < room ? quadruple : room;
  const largestBytes = valueBytes > usual ? valueBytes : usual;
  const span = largestBytes - presentBytes;
  const unit = span >= SLIDER_STEPS << 20n ? 1n << 20n : 4096n;
  return {
    steps: Number(SLIDER_STEPS),
    largestBytes,
    toBytes: (steps) => {
      const exact = presentBytes + (span * BigInt(Math.round(steps))) / SLIDER_STEPS;
      const rounded = roundUp(exact, unit);
      return rounded > largestBytes ? largestBytes : rounded;
    },
    toSteps: (bytes) => (span <= 0n ? 0 : Number(((bytes - presentBytes) * SLIDER_STEPS) / span)),
  };
}
