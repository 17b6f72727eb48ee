/** The part of fpm's command line that electron-builder uses for a .deb and a .rpm. Pure. */
import { isRealAddress } from './addresses.ts';

export interface PackageOrder {
  readonly kind: 'deb' | 'rpm';
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly maintainer: string;
  readonly vendor: string;
  readonly license: string;
  /** One line. */
  readonly summary: string;
  readonly description: string;
  /** Null: there is none yet. */
  readonly homepage: string | null;
  readonly section: string;
  readonly priority: string;
  readonly depends: readonly string[];
  readonly recommends: readonly string[];
  readonly compression: 'gzip' | 'xz';
  readonly changelog: string | null;
  readonly afterInstall: string | null;
  readonly beforeRemove: string | null;
  readonly afterRemove: string | null;
  /** The file that is made. */
  readonly output: string;
  readonly mappings: readonly { readonly source: string; readonly target: string }[];
}

/** Options without a value. */
const flags = new Set(['--force', '--deb-no-default-config-files', '--debug']);
const short: Readonly<Record<string, string>> = { '-s': '--input-type', '-t': '--output-type', '-d': '--depends', '-p': '--package' };

/** Throws for what is not of a .deb or .rpm made of folders, and for options this does not know. */
export function parseFpmArguments(words: readonly string[]): PackageOrder {
  const { options, mappings } = readWords(words);
  const last = (name: string): string | null => options.get(name)?.at(-1) ?? null;
  const needed = (name: string): string => last(name) ?? fail(`${name} is missing`);
  const kind = last('--output-type');
  if (last('--input-type') !== 'dir' || (kind !== 'deb' && kind !== 'rpm')) {
    return fail('only folders become a .deb or .rpm here; for the rest fpm itself is needed');
  }
  const [firstLine = '', ...rest] = needed('--description').split('\n');
  return {
    kind,
    name: needed('--name'),
    version: needed('--version'),
    architecture: architectureName(kind, needed('--architecture')),
    maintainer: needed('--maintainer'),
    vendor: last('--vendor') ?? '',
    license: last('--license') ?? 'unknown',
    summary: last('--rpm-summary') ?? firstLine,
    description: last('--rpm-summary') === null ? rest.join('\n') : needed('--description'),
    // electron-builder insists on one.
    homepage: isRealAddress(needed('--url')) ? needed('--url') : null,
    section: last('--category') ?? 'utils',
    priority: last('--deb-priority') ?? 'optional',
    depends: options.get('--depends') ?? [],
    recommends: options.get('--deb-recommends') ?? (options.get('--rpm-tag') ?? []).map(toRecommended),
    compression: last(`--${kind}-compression`)?.startsWith('gz') === true ? 'gzip' : 'xz',
    changelog: last('--deb-changelog'),
    afterInstall: last('--after-install'),
    beforeRemove: last('--before-remove'),
    afterRemove: last('--after-remove'),
    output: needed('--package'),
    mappings,
  };
}

/** The one tag that is used. */
function toRecommended(tag: string): string {
  return /^Recommends: (\S+)$/u.exec(tag)?.[1] ?? fail(`unknown tag ${tag}`);
}

/** electron-builder gives Debian's name, and leaves those of rpm to fpm. */
function architectureName(kind: PackageOrder['kind'], name: string): string {
  const namesOfRpm: Readonly<Record<string, string>> = { amd64: 'x86_64', arm64: 'aarch64' };
  return kind === 'rpm' ? (namesOfRpm[name] ?? name) : name;
}

/** `--after-upgrade` is of fpm's own form of scripts: what runs after installation runs after both in a .deb and a .rpm. */
const known = new Set([
  ...['--input-type', '--output-type', '--depends', '--package', '--name', '--version', '--architecture', '--maintainer', '--description'],
  ...['--url', '--category', '--deb-priority', '--deb-recommends', '--deb-compression', '--deb-changelog', '--vendor', '--license'],
  ...['--rpm-summary', '--rpm-compression', '--rpm-os', '--rpm-tag'],
  ...['--after-install', '--after-upgrade', '--before-remove', '--after-remove', '--log'],
]);

function readWords(words: readonly string[]) {
  const options = new Map<string, string[]>();
  const mappings: { source: string; target: string }[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const name = short[word] ?? word;
    if (flags.has(name)) continue;
    if (known.has(name)) {
      index += 1;
      options.set(name, [...(options.get(name) ?? []), words[index] ?? fail(`${name} has no value`)]);
    } else if (name.startsWith('-')) {
      fail(`unknown option ${name}`);
    } else {
      mappings.push(toMapping(word));
    }
  }
  return { options, mappings };
}

function toMapping(word: string): { source: string; target: string } {
  const equals = word.indexOf('=');
  return equals === -1 ? fail(`${word} has no target`) : { source: word.slice(0, equals), target: word.slice(equals + 1) };
}

function fail(reason: string): never {
  throw new Error(`fpm: ${reason}`);
}
