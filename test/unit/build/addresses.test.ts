import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withoutDeadAddresses } from '../../../build/package/addresses.ts';

const metainfo = readFileSync(new URL('../../../build/desktop/org.platter.Platter.metainfo.xml', import.meta.url), 'utf8');

test('links and pictures that lead nowhere are left out of what is packed, and everything else stays', () => {
  const packed = withoutDeadAddresses(metainfo);
  expect(packed).not.toContain('platter.example');
  expect(packed.split('\n').filter((line) => !metainfo.includes(line))).toEqual([]);
  expect(packed).toMatch(/<\/description>[^]*<launchable[^]*<icon[^]*<categories>[^]*<\/provides>\n {2}<content_rating/u);
});

test('real ones stay, byte for byte', () => {
  const real = metainfo.replaceAll('platter.example', 'platter.org');
  expect(withoutDeadAddresses(real)).toBe(real);
  expect(real).toMatch(/<url type="homepage">[^]*<screenshot /u);
});
