/** The tree of everything that a .deb or .rpm puts beside /opt/Platter. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../bootstrap.mjs';
import { withoutDeadAddresses } from './addresses.ts';
import { addCommand, addPrograms } from './programs-tree.ts';
import { Tree } from './tree.ts';

const helperFolder = 'usr/lib/platter';
const documents = 'usr/share/doc/platter';
const build = join(projectRoot, 'build');

/** Files of build/ that go into the package as they are. */
const fixedFiles: readonly (readonly [source: string, target: string])[] = [
  ['polkit/org.platter.policy', 'usr/share/polkit-1/actions/org.platter.policy'],
  ['polkit/49-org.platter.rules', 'usr/share/polkit-1/rules.d/49-org.platter.rules'],
  ['udev/59-platter.rules', 'usr/lib/udev/rules.d/59-platter.rules'],
  ['udev/79-platter.rules', 'usr/lib/udev/rules.d/79-platter.rules'],
  ['desktop/org.platter.Platter.mime.xml', 'usr/share/mime/packages/org.platter.Platter.xml'],
  ['desktop/platter-window.svg', 'usr/share/icons/hicolor/scalable/apps/platter-window.svg'],
  ['desktop/platter-window-symbolic.svg', 'usr/share/icons/hicolor/symbolic/apps/platter-window-symbolic.svg'],
];

const manualPages = ['platter.1', 'platter-losetup.1', 'platter-window.1'];

export interface Writings {
  readonly completions: { readonly bash: string; readonly fish: string };
  readonly notices: string;
  readonly billOfMaterials: string;
}

export function makeSystemTree(root: string, version: string, { completions, notices, billOfMaterials }: Writings): void {
  const tree = new Tree(root);
  addPrograms(tree, helperFolder, version);
  addCommand(tree, helperFolder);
  tree.copy(join(build, 'launcher/platter-helper'), join(helperFolder, 'helper/platter-helper'), 0o755);
  tree.link('usr/bin/platter-window', '/opt/Platter/platter-window');
  for (const [source, target] of fixedFiles) tree.copy(join(build, source), target);
  const metainfo = 'org.platter.Platter.metainfo.xml';
  tree.write(join('usr/share/metainfo', metainfo), withoutDeadAddresses(readFileSync(join(build, 'desktop', metainfo), 'utf8')));
  for (const page of manualPages) tree.writeCompressed(`usr/share/man/man1/${page}.gz`, readFileSync(join(build, 'man', page)));
  tree.write('usr/share/bash-completion/completions/platter', completions.bash);
  tree.write('usr/share/fish/vendor_completions.d/platter.fish', completions.fish);
  tree.write(join(documents, 'copyright'), copyright());
  tree.writeCompressed(join(documents, 'NEWS.md.gz'), readFileSync(join(projectRoot, 'CHANGELOG.md')));
  tree.writeCompressed(join(documents, 'third-party-notices.txt.gz'), notices);
  tree.write(join(documents, 'platter.cdx.json'), billOfMaterials);
}

/** In Debian's machine-readable form (copyright-format 1.0). */
function copyright(): string {
  const [, holder = '', ...terms] = readFileSync(join(projectRoot, 'LICENSE'), 'utf8').trim().split(/\n\n/u);
  const licence = terms.map((paragraph) => paragraph.replaceAll(/^/gmu, ' ')).join('\n .\n');
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Platter

Files: *
Copyright: ${holder.replace(/^Copyright \(c\) /u, '')}
License: Expat
Comment:
 The licences of everything else in this package - Electron, Chromium, Node.js
 and the npm packages - are in third-party-notices.txt.gz beside this file and
 in /opt/Platter/LICENSES.chromium.html.

License: Expat
${licence}
`;
}
