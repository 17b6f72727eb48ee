#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
/**
 * Takes the place of fpm (https://fpm.readthedocs.io), by CUSTOM_FPM_PATH, where that cannot be had: understands the command
 * line that electron-builder writes and makes the same .deb with dpkg-deb, and .rpm with rpmbuild. Anything else is refused.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { binaryControl, md5sums } from './debian-control.ts';
import { parseFpmArguments, type PackageOrder } from './fpm-arguments.ts';
import { rpmSpec } from './rpm-spec.ts';
import { settleModes, Tree } from './tree.ts';

/** As fpm: a source that ends with a slash is what is in it, and so is a target that names no file. */
function place(root: string, source: string, target: string): void {
  const destination = join(root, target);
  mkdirSync(dirname(destination), { recursive: true });
  cpSync(source, destination, { recursive: true, verbatimSymlinks: true });
}

function addDocuments(tree: Tree, { name, changelog }: PackageOrder): void {
  if (changelog !== null) tree.writeCompressed(`usr/share/doc/${name}/changelog.gz`, readFileSync(changelog));
}

function addControl(tree: Tree, order: PackageOrder): void {
  const checksums = md5sums(tree.root);
  tree.write('DEBIAN/md5sums', checksums);
  tree.write('DEBIAN/control', binaryControl(order, tree.root));
  const scripts = { postinst: order.afterInstall, prerm: order.beforeRemove, postrm: order.afterRemove };
  for (const [script, source] of Object.entries(scripts)) {
    if (source !== null) tree.copy(source, join('DEBIAN', script), 0o755);
  }
}

function runPacker(program: string, words: readonly string[]): void {
  const { status, error } = spawnSync(program, words, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (error !== undefined || status !== 0) throw new Error(`${program} failed: ${error?.message ?? `status ${status}`}`);
}

function packDeb(order: PackageOrder, tree: Tree): void {
  addDocuments(tree, order);
  settleModes(tree.root);
  addControl(tree, order);
  // Level 2 of xz takes a third of the time of level 6 and leaves an eighth more (114 and 102 MB); dpkg-deb uses all processors.
  const compression = order.compression === 'gzip' ? ['-Zgzip', '-z1'] : ['-Zxz', '-z2'];
  runPacker('dpkg-deb', ['--root-owner-group', ...compression, '--build', tree.root, order.output]);
}

/** `work`: an empty folder for rpmbuild's own. */
function packRpm(order: PackageOrder, tree: Tree, work: string): void {
  settleModes(tree.root);
  const entries = globSync('**', { cwd: tree.root }).toSorted();
  const names = entries.map((name) => (lstatSync(join(tree.root, name)).isDirectory() ? `${name}/` : name));
  const text = (path: string | null): string | null => (path === null ? null : readFileSync(path, 'utf8'));
  const parts = { names, afterInstall: text(order.afterInstall), afterRemove: text(order.afterRemove) };
  const spec = join(work, 'platter.spec');
  writeFileSync(spec, rpmSpec(order, tree.root, parts));
  const folders = ['--define', `_topdir ${work}`, '--buildroot', join(work, 'buildroot')];
  const place = ['--define', `_rpmdir ${dirname(order.output)}`, '--define', `_rpmfilename ${basename(order.output)}`];
  runPacker('rpmbuild', ['-bb', '--quiet', '--target', order.architecture, ...folders, ...place, spec]);
}

function makePackage(order: PackageOrder): void {
  const work = mkdtempSync(join(tmpdir(), 'platter-package-'));
  try {
    const tree = new Tree(join(work, 'root'));
    for (const { source, target } of order.mappings) place(tree.root, source, target);
    if (order.kind === 'deb') packDeb(order, tree);
    else packRpm(order, tree, work);
    process.stdout.write(`${basename(order.output)}: ${statSync(order.output).size} bytes\n`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const order = parseFpmArguments(process.argv.slice(2));
for (const { source } of order.mappings) if (!existsSync(source) && !lstatSync(source).isSymbolicLink()) throw new Error(`no ${source}`);
makePackage(order);
