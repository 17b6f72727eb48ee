/**
 * `npm run package`: makes dist/package/platter_VERSION_ARCH.deb and its unpacked folder, with fpm's place taken by Debian's tools.
 * `npm run package -- --release`: .deb, .rpm and AppImage with electron-builder's own downloads. ARCHITECTURE.md, Packages.
 */
import { makeDeb, makeRelease, PackageRefused } from './package/make.ts';

try {
  const words = process.argv.slice(2);
  const known = words.every((word) => word === '--release' || word === '--quick');
  if (!known) throw new PackageRefused('Usage: npm run package -- [--release | --quick]');
  if (words.includes('--release')) await makeRelease();
  else await makeDeb({ isQuick: words.includes('--quick') });
} catch (error) {
  if (!(error instanceof PackageRefused)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
