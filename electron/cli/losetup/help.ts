/** What `platter losetup --help` and `--version` say. */
import { version } from '../version.ts';
import { columnFacts, columnNames } from './columns.ts';

/** The release of util-linux whose options and columns these are. */
export const UTIL_LINUX_VERSION = '2.41';

export function losetupVersion(): string {
  return `losetup from util-linux ${UTIL_LINUX_VERSION} (as platter ${version()} has it)\n`;
}

const options = `
Look at loop devices:
 -a, --all                     all attached devices, in the old format
 -l, --list                    a table, of all or of one device
 -j, --associated <file>       only devices with this file (and --offset)
 -J, --json                    as JSON
     --raw                     words with one space between
 -n, --noheadings              no headings
 -O, --output <columns>        these columns; +<columns> adds to the usual ones
     --output-all              all columns

Attach a file:
 -f, --find                    take the first unused device, or name it
     --show                    print the name of the device
 -o, --offset <size>           begin there in the file
     --sizelimit <size>        use no more than that
 -b, --sector-size <size>      logical sector size
 -P, --partscan                look for partitions
 -r, --read-only               read only
     --direct-io[=<on|off>]    go around the page cache
     --loop-ref <name>         reference name
 -L, --nooverlap               never attach a part of a file twice

Change attached devices:
 -c, --set-capacity <device>   take over the new size of the file
 -b, --sector-size <size> <device>
     --direct-io[=<on|off>] <device>
 -d, --detach <device>...      detach
 -D, --detach-all              detach all that are yours

 -v, --verbose                 accepted for compatibility
 -h, --help                    this text
 -V, --version                 version
`;

export function losetupHelp(): string {
  const columns = columnNames.map((name) => ` ${name.padStart(12)}  ${columnFacts[name].about}\n`).join('');
  return `
Usage:
 platter losetup [options] [<device>]
 platter losetup [options] -f | <device> <file>

losetup(8) of util-linux ${UTIL_LINUX_VERSION}, over Platter's helper.
${options}
Columns:
${columns}
What differs from util-linux, and why: platter-losetup(1).
`;
}
