/** Which files of a folder are disk images: by their names, and small ones of unknown names by what they begin with. Main process. */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

const rawEndings = [
  ...['img', 'ima', 'image', 'iso', 'raw', 'dd', 'wic', 'sdcard', 'rootfs', 'udf', 'vfd', 'flp', 'hdd'],
  ...['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'f2fs', 'fat', 'vfat', 'fat32', 'exfat', 'ntfs', 'luks'],
  ...['squashfs', 'sqfs', 'sfs', 'sqsh', 'erofs', 'cramfs', 'snap'],
] as const;
const otherEndings = ['qcow2', 'qcow', 'vhd', 'vhdx', 'avhdx', 'vpc', 'vmdk', 'vdi', 'nrg', 'mdf', 'cue', 'dmg', 'hds'];
const compressions = ['gz', 'xz', 'zst', 'bz2', 'zip'];

const images = new Set<string>([...rawEndings, ...otherEndings]);
const packed = new Set(compressions);
const packable = new Set<string>(rawEndings);
/** Never images, and often in the same folders: not worth a look inside. */
const others = new Set([
  ...[
    'txt',
    'md',
    'sha1',
    'sha256',
    'sha512',
    'md5',
    'sha256sum',
    'sha512sum',
    'md5sum',
    'asc',
    'sig',
    'gpg',
    'torrent',
    'part',
    'crdownload',
  ],
  ...[
    'pdf',
    'html',
    'htm',
    'css',
    'js',
    'ts',
    'json',
    'xml',
    'yaml',
    'yml',
    'toml',
    'ini',
    'conf',
    'log',
    'csv',
    'sh',
    'py',
    'c',
    'h',
    'rs',
  ],
  ...['jpg', 'jpeg', 'png', 'gif', 'webp', 'svg', 'bmp', 'tif', 'tiff', 'heic', 'mp3', 'ogg', 'opus', 'flac', 'wav', 'm4a'],
  ...['mp4', 'mkv', 'webm', 'mov', 'avi', 'odt', 'ods', 'odp', 'doc', 'docx', 'xls', 'xlsx', 'ppt', 'pptx', 'epub'],
  ...['tar', 'tgz', 'txz', 'tbz2', 'deb', 'rpm', 'apk', 'jar', '7z', 'rar', 'so', 'o', 'a', 'exe', 'dll', 'lock'],
]);

export type NameVerdict = 'image' | 'perhaps' | 'no';

/** By the ending of the name; `perhaps`: only the content can tell. */
export function judgeName(name: string): NameVerdict {
  const parts = name.toLowerCase().split('.');
  const ending = parts.length > 1 ? (parts.at(-1) ?? '') : '';
  if (images.has(ending)) return 'image';
  if (packed.has(ending)) return parts.length > 2 && packable.has(parts.at(-2) ?? '') ? 'image' : 'no';
  return others.has(ending) || name.endsWith('~') ? 'no' : 'perhaps';
}

interface Mark {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** Signatures at fixed places: of the tables and file systems that Platter mounts, and of what it unpacks. */
const marks: readonly Mark[] = [
  { offset: 0, bytes: Buffer.from('XFSB') },
  { offset: 0, bytes: Buffer.from('hsqs') },
  { offset: 0, bytes: Buffer.from('QFI\u00fb', 'latin1') },
  { offset: 0, bytes: Buffer.from('vhdxfile') },
  { offset: 0, bytes: Buffer.from('KDMV') },
  { offset: 0, bytes: Buffer.from('LUKS\u00ba\u00be', 'latin1') },
  { offset: 3, bytes: Buffer.from('NTFS    ') },
  { offset: 3, bytes: Buffer.from('EXFAT   ') },
  { offset: 54, bytes: Buffer.from('FAT1') },
  { offset: 82, bytes: Buffer.from('FAT32   ') },
  { offset: 512, bytes: Buffer.from('EFI PART') },
  { offset: 4096, bytes: Buffer.from('EFI PART') },
  { offset: 1024, bytes: Buffer.from([0xe2, 0xe1, 0xf5, 0xe0]) },
  { offset: 1080, bytes: Buffer.from([0x53, 0xef]) },
  { offset: 32_769, bytes: Buffer.from('CD001') },
  { offset: 65_600, bytes: Buffer.from('_BHRfS_M') },
];

/** Pieces of the file that hold all of them. */
const pieces = [
  { offset: 0, length: 4608 },
  { offset: 32_768, length: 16 },
  { offset: 65_536, length: 128 },
] as const;

/** True when one of the signatures is there. Never throws: what cannot be read is no image. */
export async function looksLikeImage(path: Buffer): Promise<boolean> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY).catch(() => null);
  if (handle === null) return false;
  try {
    return (await handle.stat()).isFile() && (await hasMark(handle));
  } catch {
    return false;
  } finally {
    await handle.close();
  }
}

async function hasMark(handle: FileHandle): Promise<boolean> {
  for (const { offset, length } of pieces) {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await handle.read(buffer, 0, length, offset);
    const piece = buffer.subarray(0, bytesRead);
    const found = marks.some((mark) => {
      const start = mark.offset - offset;
      return start >= 0 && start + mark.bytes.length <= piece.length && piece.subarray(start, start + mark.bytes.length).equals(mark.bytes);
    });
    if (found || (offset === 0 && hasPartitionTable(piece))) return true;
    if (bytesRead < length) return false;
  }
  return false;
}

/** An MBR: its signature, and at least one entry with a type, a start and a length. */
function hasPartitionTable(piece: Buffer): boolean {
  if (piece.length < 512 || piece.readUInt16LE(510) !== 0xaa55) return false;
  return [446, 462, 478, 494].some(
    (entry) => piece[entry + 4] !== 0 && piece.readUInt32LE(entry + 8) !== 0 && piece.readUInt32LE(entry + 12) !== 0,
  );
}
