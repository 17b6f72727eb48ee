#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
/**
 * Takes the place of fpm (https://fpm.readthedocs.io), by CUSTOM_FPM_PATH, where that cannot be had: understands the command
 * line that electron-builder writes and makes the same .deb with dpkg-deb. Anything else is refused.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { binaryControl, md5sums } from './debian-control.ts';
import { parseFpmArguments, type FpmOrder } from './fpm-arguments.ts';
import { settleModes, Tree } from './tree.ts';

/** As fpm: a source that ends with a slash is what is in it, and so is a target that names no file. */
function place(root: string, source: string, target: string): void {
  const destination = join(root, target);
  mkdirSync(dirname(destination), { recursive: true });
  cpSync(source, destination, { recursive: true, verbatimSymlinks: true });
}

function addDocuments(tree: Tree, { name, changelog }: FpmOrder): void {
  if (changelog !== null) tree.writeCompressed(`usr/share/doc/${name}/changelog.gz`, readFileSync(changelog));
}

function addControl(tree: Tree, order: FpmOrder): void {
  const checksums = md5sums(tree.root);
  tree.write('DEBIAN/md5sums', checksums);
  tree.write('DEBIAN/control', binaryControl(order, tree.root));
  const scripts = { postinst: order.afterInstall, prerm: order.beforeRemove, postrm: order.afterRemove };
  for (const [script, source] of Object.entries(scripts)) {
    if (source !== null) tree.copy(source, join('DEBIAN', script), 0o755);
  }
}

function makeDeb(order: FpmOrder): void {
  const work = mkdtempSync(join(tmpdir(), 'platter-deb-'));
  try {
    const tree = new Tree(join(work, 'root'));
    for (const { source, target } of order.mappings) place(tree.root, source, target);
    addDocuments(tree, order);
    settleModes(tree.root);
    addControl(tree, order);
    const level = order.compression === 'gzip' ? ['-z1'] : ['-z6'];
    const words = ['--root-owner-group', `-Z${order.compression}`, ...level, '--build', tree.root, order.output];
    const { status } = spawnSync('dpkg-deb', words, { stdio: ['ignore', 'inherit', 'inherit'] });
    if (status !== 0) throw new Error('dpkg-deb failed');
    process.stdout.write(`${basename(order.output)}: ${statSync(order.output).size} bytes\n`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const order = parseFpmArguments(process.argv.slice(2));
for (const { source } of order.mappings) if (!existsSync(source) && !lstatSync(source).isSymbolicLink()) throw new Error(`no ${source}`);
makeDeb(order);
