/**
 * `npm run package`: makes dist/package/platter_VERSION_ARCH.deb with Debian's tools in place of fpm; `-- --rpm` and `-- --appimage` the others, the
 * latter over the runtime that PLATTER_APPIMAGE_RUNTIME names. `--quick` packs in seconds; `--test` does that only when something changed.
 * `-- --release`: all three with electron-builder's own downloads. ARCHITECTURE.md, Packages.
 */
import { ensurePackages, makePackages, packageKinds, PackageRefused } from './package/make.ts';

const options = new Set(['--release', '--quick', '--test', ...packageKinds.map((kind) => `--${kind.toLowerCase()}`)]);

async function run(words: readonly string[]): Promise<void> {
  const isRelease = words.includes('--release');
  const named = packageKinds.filter((kind) => isRelease || words.includes(`--${kind.toLowerCase()}`));
  const kinds = named.length === 0 ? (['deb'] as const) : named;
  if (words.some((word) => !options.has(word))) throw new PackageRefused(`Usage: npm run package -- [${[...options].join(' | ')}]`);
  if (words.includes('--test')) return ensurePackages(kinds);
  const appImageRuntime = process.env['PLATTER_APPIMAGE_RUNTIME'] ?? null;
  return makePackages(kinds, { isQuick: words.includes('--quick'), tools: isRelease ? 'fetched' : 'system', appImageRuntime });
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof PackageRefused)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
