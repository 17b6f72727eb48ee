import { describe, expect, test } from 'vitest';
import { judgeChecksumName, parsePastedChecksum, readChecksumFile } from '../../../electron/maintenance/checksums.ts';

const md5 = 'd41d8cd98f00b204e9800998ecf8427e';
const sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const sha512 = 'a'.repeat(128);
const image = Buffer.from('disk.img');

function read(text: string | Buffer, name = image, isOwn = false) {
  return readChecksumFile(Buffer.from(text), name, isOwn);
}

describe('a pasted checksum', () => {
  test.each([
    [md5, 'md5', md5],
    [` ${sha256}\n`, 'sha256', sha256],
    [sha512.toUpperCase(), 'sha512', sha512],
    [`sha256:${sha256}`, 'sha256', sha256],
    [`SHA512 = ${sha512}`, 'sha512', sha512],
    [`${sha256}  disk.img`, 'sha256', sha256],
    [`${sha256} *disk.img`, 'sha256', sha256],
    [`SHA256 (disk.img) = ${sha256}`, 'sha256', sha256],
    [sha256.match(/.{2}/gu)?.join(':') ?? '', 'sha256', sha256],
    [sha256.match(/.{8}/gu)?.join(' ') ?? '', 'sha256', sha256],
  ])('%j is known by its length', (text, algorithm, value) => {
    expect(parsePastedChecksum(text)).toEqual({ algorithm, value });
  });

  test.each(['', 'hello', md5.slice(1), `${md5}0`, `sha512:${sha256}`, 'g'.repeat(32), '-'.repeat(64)])('%j is none', (text) => {
    expect(parsePastedChecksum(text)).toBeNull();
  });
});

describe('a file of checksums', () => {
  test('names the image among others, in GNU and BSD form, text and binary', () => {
    expect(read(`${md5}  other.img\n${sha256} *disk.img\n`)).toEqual({ sha256 });
    expect(read(`${sha256}  disk.img\r\n${md5}  disk.img\r\n`)).toEqual({ sha256, md5 });
    expect(read(`MD5 (disk.img) = ${md5}\nSHA512 (disk.img) = ${sha512}\nSHA1 (disk.img) = ${'b'.repeat(40)}\n`)).toEqual({ md5, sha512 });
    expect(read(`${sha256}  ./isos/disk.img`)).toEqual({ sha256 });
  });

  test('may be signed in clear, begin with a mark, or hold comments', () => {
    const signed = `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n# disk.img: 100 bytes\nSHA256 (disk.img) = ${sha256}\n-----BEGIN PGP SIGNATURE-----\n`;
    expect(read(signed)).toEqual({ sha256 });
    expect(read(`\u{feff}${sha256}  disk.img\n`)).toEqual({ sha256 });
  });

  test('names files with newlines and backslashes by escapes, and files that are not UTF-8 by their bytes', () => {
    expect(read(`\\${sha256}  a\\nb\\\\c.img\n`, Buffer.from('a\nb\\c.img'))).toEqual({ sha256 });
    const name = Buffer.from('bad\xff.img', 'latin1');
    expect(read(Buffer.concat([Buffer.from(`${sha256}  `), name, Buffer.from('\n')]), name)).toEqual({ sha256 });
    expect(read(`${sha256}  a\\nb.img\n`, Buffer.from('a\\nb.img'))).toEqual({ sha256 });
  });

  test('with a value alone counts when it is named after the image', () => {
    expect(read(`${sha256}\n`, image, true)).toEqual({ sha256 });
    expect(read(`${sha256}\n`)).toEqual({});
  });

  test('says nothing of an image whose name only ends like another', () => {
    expect(read(`${sha256}  mydisk.img\n`)).toEqual({});
    expect(read(`${sha256}  disk.img.old\n`)).toEqual({});
  });

  test.each([
    ['disk.img.sha256', 'own'],
    ['disk.img.sha512sum', 'own'],
    ['disk.img.MD5', 'own'],
    ['SHA256SUMS', 'list'],
    ['sha512sums.txt', 'list'],
    ['MD5SUM', 'list'],
    ['CHECKSUM', 'list'],
    ['Fedora-Workstation-44-x86_64-CHECKSUM', 'list'],
    ['debian.sha256sum', 'list'],
    ['SHA256SUMS.gpg', 'no'],
    ['disk.img', 'no'],
    ['notes.txt', 'no'],
  ])('%s is %s', (name, verdict) => {
    expect(judgeChecksumName(name, 'disk.img')).toBe(verdict);
  });
});
