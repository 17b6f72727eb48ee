/** What tests could leave behind on the machine: attached loop devices and mounts. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Attached loop devices with their backing files, and mounts, each as one line of text. */
export function machineState(): ReadonlySet<string> {
  const devices = existsSync('/sys/block') ? readdirSync('/sys/block').filter((name) => /^loop\d+$/.test(name)) : [];
  const attached = devices
    .filter((name) => existsSync(`/sys/block/${name}/loop`))
    .map((name) => `/dev/${name} is attached (${backingFile(name)})`);
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').trimEnd().split('\n');
  return new Set([...attached, ...mounts.map((line) => `${line.split(' ')[4] ?? line} is mounted`)]);
}

function backingFile(name: string): string {
  try {
    return readFileSync(`/sys/block/${name}/loop/backing_file`, 'utf8').trimEnd();
  } catch {
    return 'of unknown file'; // detached meanwhile, or a path longer than the kernel tells
  }
}

/** Lines that were not there before. */
export function leftovers(before: ReadonlySet<string>, after: ReadonlySet<string>): readonly string[] {
  return [...after].filter((line) => !before.has(line));
}
