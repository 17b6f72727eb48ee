/**
 * Who may import what: the table of DESIGN.md §6 as data, and a check of one file against it.
 * Pure; build/imports.ts runs it over the checkout.
 */
import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { parseSync } from 'vite';

interface Rule {
  /** Folder or file this rule is for; the longest that fits wins. */
  readonly where: string;
  /** Node's own modules. */
  readonly node: boolean;
  readonly packages: readonly string[];
  /** Folders and files of the project. */
  readonly folders: readonly string[];
}

const protocol = 'native-helper/protocol';
const application = [
  'electron/app.ts',
  'electron/actions',
  'electron/devices',
  'electron/detach',
  'electron/doctor',
  'electron/helper',
  'electron/hosts/file-manager.ts',
  'electron/images',
  'electron/image-worker',
  'electron/file-worker',
  'electron/ipc',
  'electron/jobs',
  'electron/library',
  'electron/maintenance',
  'electron/resize',
  'electron/settings',
  'electron/tools',
];
const windowPackages = ['react', 'react-dom', 'zustand', 'react-aria-components', 'valibot'];

export const importTable: readonly Rule[] = [
  { where: 'native-helper', node: true, packages: ['valibot'], folders: ['native-helper'] },
  { where: 'native-helper/linux/ffi.ts', node: true, packages: ['koffi'], folders: ['native-helper'] },
  { where: protocol, node: false, packages: ['valibot'], folders: [protocol] },

  { where: 'electron', node: true, packages: ['valibot'], folders: ['electron', protocol] },
  { where: 'electron/main.ts', node: true, packages: ['electron'], folders: ['electron', protocol] },
  { where: 'electron/preload.ts', node: false, packages: ['electron'], folders: ['electron/ipc', protocol] },
  { where: 'electron/ipc', node: false, packages: ['valibot'], folders: ['electron/ipc', protocol] },
  { where: 'electron/helper', node: true, packages: [], folders: ['electron/helper', protocol] },
  { where: 'electron/helper/socket-pair.ts', node: true, packages: ['koffi'], folders: ['electron/helper', protocol] },
  {
    where: 'electron/tools',
    node: true,
    packages: [],
    folders: ['electron/tools', 'electron/ipc', 'electron/helper', 'electron/hosts/inherited-descriptors.ts', protocol],
  },
  { where: 'electron/image-worker', node: true, packages: [], folders: ['electron/image-worker', protocol] },
  { where: 'electron/file-worker', node: true, packages: ['valibot'], folders: ['electron/file-worker', 'electron/libc.ts'] },
  { where: 'electron/libc.ts', node: true, packages: ['koffi'], folders: [] },
  { where: 'electron/image-worker/data-stretches.ts', node: true, packages: [], folders: ['electron/image-worker', 'electron/libc.ts'] },
  { where: 'electron/image-worker/keep-length.ts', node: true, packages: [], folders: ['electron/image-worker', 'electron/libc.ts'] },
  { where: 'electron/image-worker/native.ts', node: true, packages: ['koffi'], folders: ['electron/image-worker', protocol] },
  {
    where: 'electron/hosts',
    node: true,
    packages: ['electron', 'ws', 'valibot'],
    folders: ['electron/hosts', 'electron/ipc', 'electron/app.ts', protocol],
  },
  // Looking happens in process: a second start of Node would cost more than reading a thousand devices (reading only).
  {
    where: 'electron/cli/in-process-reader.ts',
    node: true,
    packages: [],
    folders: ['electron/cli', 'native-helper/operations', protocol],
  },
  { where: 'electron/cli', node: true, packages: ['commander'], folders: ['electron/cli', ...application, protocol] },

  // The window plans each position of the slider itself, by the same functions as main.
  { where: 'electron/resize/planning', node: false, packages: [], folders: ['electron/resize/planning', 'electron/ipc', protocol] },
  { where: 'renderer', node: false, packages: windowPackages, folders: ['renderer', 'electron/ipc', 'electron/resize/planning', protocol] },
  { where: 'renderer/components/icons.ts', node: false, packages: ['lucide-react'], folders: [] },
];

/** Checked for barrels only: they may import whatever they build or test. */
const free = ['build', 'test'];

/** The one file that passes names on: it says which icons of a large package the window uses. */
const reExporters = ['renderer/components/icons.ts'];

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** `react-dom/client` → `react-dom`, `@scope/name/x` → `@scope/name`. */
function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function ruleFor(file: string): Rule | undefined {
  return importTable.filter((rule) => isIn(file, rule.where)).toSorted((a, b) => b.where.length - a.where.length)[0];
}

/** Why `file` may not import `specifier`, or null. */
function importProblem(file: string, specifier: string): string | null {
  const rule = ruleFor(file);
  if (rule === undefined) return free.some((folder) => isIn(file, folder)) ? null : 'the import table has no row for this folder';
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(file), specifier.replace(/\?.*$/, ''));
    return rule.folders.some((folder) => isIn(target, folder)) ? null : `${rule.where} may not import ${target}`;
  }
  if (specifier.startsWith('node:')) return rule.node ? null : `${rule.where} may not import Node's modules`;
  if (builtinModules.includes(specifier)) return `write node:${specifier}`;
  return rule.packages.includes(packageName(specifier)) ? null : `${rule.where} may not import the package ${packageName(specifier)}`;
}

interface Parsed {
  readonly imports: readonly string[];
  readonly reExports: readonly string[];
  readonly computedImports: number;
}

function parseImports(file: string, source: string): Parsed {
  const { module, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file}: ${errors.map((error) => error.message).join('; ')}`);
  const reExports = module.staticExports.flatMap((statement) => statement.entries.flatMap((entry) => entry.moduleRequest?.value ?? []));
  const dynamic = module.dynamicImports.map(
    ({ moduleRequest }) => /^(['"])([^'"\\]+)\1$/.exec(source.slice(moduleRequest.start, moduleRequest.end))?.[2],
  );
  const literal = dynamic.filter((specifier) => specifier !== undefined);
  return {
    imports: [...module.staticImports.map((statement) => statement.moduleRequest.value), ...reExports, ...literal],
    reExports,
    computedImports: dynamic.length - literal.length,
  };
}

/** Everything in `source` that the table forbids, as sentences; `file` is relative to the project with forward slashes. */
export function importProblems(file: string, source: string): readonly string[] {
  const { imports, reExports, computedImports } = parseImports(file, source);
  const isFree = free.some((folder) => isIn(file, folder));
  const problems = [...new Set(imports)].flatMap((specifier) => importProblem(file, specifier) ?? []);
  if (/^index\.[a-z]+$/.test(posix.basename(file))) problems.push('no barrel files: name the file after what is in it');
  // Playwright's tests take `test` and `expect` from the file with their fixtures.
  const passedOn = reExporters.includes(file) ? [] : reExports.filter((specifier) => specifier.startsWith('.') || !isFree);
  if (passedOn.length > 0) problems.push(`no barrels: it passes on names of ${[...new Set(passedOn)].join(', ')}`);
  if (computedImports > 0 && !isFree) problems.push('an import() of a computed name cannot be checked');
  return problems;
}
