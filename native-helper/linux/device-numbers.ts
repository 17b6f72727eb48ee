/** Device numbers as stat(2) and the kernel's structures carry them. Pure. */

/** Major part of a device number as stat(2) gives it (glibc's gnu_dev_major). */
export function majorOf(device: bigint): bigint {
  return ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn);
}

/** Minor part of a device number. */
export function minorOf(device: bigint): bigint {
  return (device & 0xffn) | ((device >> 12n) & 0xffff_ff00n);
}

/** The number of a device as stat(2) gives it (glibc's gnu_dev_makedev). */
export function deviceOf(major: bigint, minor: bigint): bigint {
  return (minor & 0xffn) | ((major & 0xfffn) << 8n) | ((minor & ~0xffn) << 12n) | ((major & ~0xfffn) << 32n);
}
