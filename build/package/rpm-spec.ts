/** The description by which rpmbuild packs a folder as it is (rpm.org, Spec file format). Pure. */
import type { PackageOrder } from './fpm-arguments.ts';

/** Folders that are the package's alone; all others belong to the system's own packages. */
const ownFolders = /^(?:opt|usr\/lib|usr\/share\/doc)\/[^/]+(?:\/|$)/u;

export interface SpecParts {
  /** Files and links below the folder, and folders with a slash at the end; relative. */
  readonly names: readonly string[];
  /** Texts of the scripts that run after installation and removal. */
  readonly afterInstall: string | null;
  readonly afterRemove: string | null;
}

/** As a word of a %files list. */
function quoted(name: string): string {
  if (/["\n]/u.test(name)) throw new Error('rpm: a name that no list of files can hold');
  return `"/${name.replaceAll('%', '%%')}"`;
}

function fileLines(names: readonly string[], folder: string): string[] {
  const own = names.filter((name) => !name.endsWith('/') || (ownFolders.test(name) && !name.startsWith('usr/lib/udev/')));
  return own.map((name) => {
    if (name.endsWith('/')) return `%dir ${quoted(name.slice(0, -1))}`;
    return `${name.startsWith(folder) ? '%doc ' : ''}${quoted(name)}`;
  });
}

function script(section: string, text: string | null): string[] {
  return text === null ? [] : [`%${section}`, text.replace(/^#!.*\n/u, '').replaceAll('%', '%%')];
}

/** `root`: the folder that is packed, absolute. Nothing is stripped, compressed or found out by rpm itself. */
export function rpmSpec(order: PackageOrder, root: string, { names, afterInstall, afterRemove }: SpecParts): string {
  const compression = order.compression === 'gzip' ? 'w1.gzdio' : 'w2T0.xzdio';
  return [
    '%global __os_install_post %{nil}',
    '%global debug_package %{nil}',
    '%global _build_id_links none',
    '%global _missing_build_ids_terminate_build 0',
    `%global _binary_payload ${compression}`,
    '%global use_source_date_epoch_as_buildtime 1',
    '%global clamp_mtime_to_source_date_epoch 1',
    `Name: ${order.name}`,
    `Version: ${order.version}`,
    'Release: 1',
    `Summary: ${order.summary}`,
    `License: ${order.license}`,
    ...(order.homepage === null ? [] : [`URL: ${order.homepage}`]),
    `Vendor: ${order.vendor}`,
    `Packager: ${order.maintainer}`,
    'AutoReqProv: no',
    ...order.depends.map((name) => `Requires: ${name}`),
    ...order.recommends.map((name) => `Recommends: ${name}`),
    '%description',
    order.description.trim(),
    '%install',
    `cp -al '${root}/.' '%{buildroot}/'`,
    ...script('post', afterInstall),
    ...script('postun', afterRemove),
    '%files',
    '%defattr(-,root,root,-)',
    ...fileLines(names, `usr/share/doc/${order.name}/`),
    '',
  ].join('\n');
}
