/** How the slider of sizes counts. Pure. */
const STEPS = 1000n;

export interface SliderBounds {
  readonly smallestBytes: bigint;
  readonly presentBytes: bigint;
  /** What the disk allows. */
  readonly largestBytes: bigint;
  readonly valueBytes: bigint;
}

export interface SliderRange {
  readonly steps: number;
  readonly firstBytes: bigint;
  readonly lastBytes: bigint;
  readonly toBytes: (steps: number) => bigint;
  readonly toSteps: (bytes: bigint) => number;
}

/**
 * From the smallest size to four times the present one, but not beyond what the disk allows; a typed size outside widens the range, so that
 * the thumb always stands where the value is.
 */
export function sliderRange({ smallestBytes, presentBytes, largestBytes, valueBytes }: SliderBounds): SliderRange {
  const quadruple = presentBytes * 4n;
  const usual = quadruple < largestBytes ? quadruple : largestBytes;
  const lastBytes = [usual, presentBytes, valueBytes].reduce((most, bytes) => (bytes > most ? bytes : most));
  const firstBytes = valueBytes < smallestBytes ? valueBytes : smallestBytes;
  const span = lastBytes - firstBytes;
  const unit = span >= STEPS << 20n ? 1n << 20n : 4096n;
  return {
    steps: Number(STEPS),
    firstBytes,
    lastBytes,
    toBytes: (steps) => {
      if (steps <= 0) return firstBytes;
      const exact = firstBytes + (span * BigInt(Math.round(steps))) / STEPS;
      const rounded = exact + ((unit - (exact % unit)) % unit);
      return rounded > lastBytes ? lastBytes : rounded;
    },
    toSteps: (bytes) => (span <= 0n ? 0 : Number(((bytes - firstBytes) * STEPS) / span)),
  };
}
