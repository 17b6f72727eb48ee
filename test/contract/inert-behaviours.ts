/** Device numbers with a meaning in the inert helper. */
export const behaviours = {
  untilAborted: 1000,
  never: 1001,
  fault: 1002,
  busy: 1003,
  hugeResult: 1004,
  largeResult: 1005,
  noJson: 1006,
  crash: 1007,
} as const;
