/** `node build/bootstrap.mjs icons`: draws build/desktop/icons/ anew from platter-window.svg, with librsvg (Debian: librsvg2-bin). */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from './bootstrap.mjs';

const folder = join(projectRoot, 'build/desktop');
/** Sides of the squares in hicolor that desktops ask for. */
const sides = [16, 24, 32, 48, 64, 128, 256, 512];

const failed = sides.filter((side) => {
  const target = join(folder, `icons/${side}x${side}.png`);
  const words = ['--width', String(side), '--height', String(side), '--output', target, join(folder, 'platter-window.svg')];
  return spawnSync('rsvg-convert', words, { stdio: 'inherit' }).status !== 0;
});
if (failed.length > 0) process.stderr.write(`Not drawn: ${failed.join(' ')}. rsvg-convert is in the package librsvg2-bin.\n`);
process.exit(failed.length === 0 ? 0 : 1);
