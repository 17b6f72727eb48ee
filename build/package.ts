/**
 * `npm run package`: makes dist/package/platter_VERSION_ARCH.deb and its unpacked folder, with fpm's place taken by Debian's tools.
 * `-- --quick` packs in seconds; `-- --test` does that only when something changed.
 * `npm run package -- --release`: .deb, .rpm and AppImage with electron-builder's own downloads. ARCHITECTURE.md, Packages.
 */
import { ensureDeb, makeDeb, makeRelease, PackageRefused } from './package/make.ts';

try {
  const words = process.argv.slice(2);
  const known = words.every((word) => word === '--release' || word === '--quick' || word === '--test');
  if (!known) throw new PackageRefused('Usage: npm run package -- [--release | --quick | --test]');
  if (words.includes('--release')) await makeRelease();
  else if (words.includes('--test')) await ensureDeb();
  else await makeDeb({ isQuick: words.includes('--quick') });
} catch (error) {
  if (!(error instanceof PackageRefused)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
