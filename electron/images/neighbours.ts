/**
 * The names (UUIDs, labels, volume groups) of what this machine sees, as far as its user may know them: udev's database, the
 * device mapper, mounted btrfs, and the attached images themselves. Main process and command line.
 */
import { readdir, readFile } from 'node:fs/promises';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { toInspectedTable, toInspectedWhole } from './inspection-contents.ts';
import type { Identity } from './clashes.ts';
import { currentBackingPath, isBackingFile } from './identity.ts';
import type { ImageWorker } from './image-worker.ts';
import { openImage } from './open-image.ts';

/** More attached images are not looked into for one inspection. */
const MOST_IMAGES = 64;
/** A file on a dead network share must not hold up an inspection. */
const LONGEST_MS = 1000;
/** Answers kept for devices, the oldest go first. */
const DEVICES_KEPT = 1024;

export class Neighbours {
  readonly #worker: Pick<ImageWorker, 'inspect'>;
  /** By diskseq: one attachment keeps its file. */
  readonly #known = new Map<string, readonly Identity[]>();

  constructor(worker: Pick<ImageWorker, 'inspect'>) {
    this.#worker = worker;
  }

  /** All but those of `own`, the devices that have the image in question. Whatever cannot be read is left out. */
  async list(devices: readonly LoopDevice[], own: readonly LoopDevice[]): Promise<readonly Identity[]> {
    const others = devices.filter((device) => !own.includes(device)).slice(0, MOST_IMAGES);
    const limit = Promise.withResolvers<readonly Identity[]>();
    const timer = setTimeout(() => limit.resolve([]), LONGEST_MS);
    try {
      const system = readSystem(new Set(own.flatMap(nodesOf)));
      const images = Promise.race([this.#readImages(others), limit.promise]);
      return (await Promise.all([system, images])).flat();
    } finally {
      clearTimeout(timer);
    }
  }

  async #readImages(devices: readonly LoopDevice[]): Promise<readonly Identity[]> {
    const found: Identity[] = [];
    for (const device of devices) found.push(...(await this.#readImage(device)));
    return found;
  }

  async #readImage(device: LoopDevice): Promise<readonly Identity[]> {
    const known = this.#known.get(device.diskseq);
    if (known !== undefined) return known;
    const identities = await this.#inspectImage(device).catch(() => []);
    this.#known.set(device.diskseq, identities);
    const [oldest] = this.#known.keys();
    if (this.#known.size > DEVICES_KEPT && oldest !== undefined) this.#known.delete(oldest);
    return identities;
  }

  async #inspectImage(device: LoopDevice): Promise<readonly Identity[]> {
    // Where the identity is hidden the file may be on a share that hangs, or another one of the same name.
    const path = device.identity === null ? null : await currentBackingPath(device);
    if (path === null) return [];
    const { handle, facts } = await openImage(path, 'read-only');
    try {
      if (!isBackingFile(device, facts)) return [];
      const found = await this.#worker.inspect(handle, BigInt(device.sizeBytes), BigInt(device.offsetBytes));
      const whole = toInspectedWhole(found);
      const partitions = toInspectedTable(found)?.partitions ?? [];
      const places = [
        ...(whole === null ? [] : [{ content: whole, where: `/dev/loop${device.number}` }]),
        ...partitions.map(({ number, content }) => ({ content, where: `/dev/loop${device.number}p${number}` })),
      ];
      return places.map(({ content: { uuid, label, type }, where }) => {
        const isMember = type === 'LVM2_member';
        return { uuid: uuid ?? '', label: isMember ? '' : (label ?? ''), volumeGroup: isMember ? (label ?? '') : '', where };
      });
    } finally {
      await handle.close();
    }
  }
}

/** Names of a loop device, its partitions, and what the device mapper has made of it. */
function nodesOf({ number, partitions, holders }: LoopDevice): readonly string[] {
  return [`loop${number}`, ...partitions.map((partition) => `loop${number}p${partition.number}`), ...holders];
}

async function readSystem(own: ReadonlySet<string>): Promise<readonly Identity[]> {
  return (await Promise.all([readUdev(own), readDeviceMapper(own), readBtrfs(own)])).flat();
}

async function readNames(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

/** udev's database, which everyone may read: a file for each block device (sd-device's own format: N: node below /dev, E: property). */
async function readUdev(own: ReadonlySet<string>): Promise<readonly Identity[]> {
  const files = (await readNames('/run/udev/data')).filter((name) => /^b[0-9]+:[0-9]+$/u.test(name));
  const texts = await Promise.all(files.map(async (name) => readText(`/run/udev/data/${name}`)));
  return texts.flatMap((text) => {
    const property = (name: string): string => new RegExp(`^E:${name}=(?<value>.*)$`, 'mu').exec(text)?.groups?.['value'] ?? '';
    const node = /^N:(?<node>.*)$/mu.exec(text)?.groups?.['node'] ?? property('DEVNAME').replace('/dev/', '');
    const [uuid, label] = [property('ID_FS_UUID'), unescapeUdev(property('ID_FS_LABEL_ENC'))];
    if (own.has(node) || (uuid === '' && label === '')) return [];
    const mapped = property('DM_NAME');
    return [{ uuid, label, volumeGroup: '', where: mapped === '' ? `/dev/${node}` : `/dev/mapper/${mapped}` }];
  });
}

/** udev writes what is not plain as `\xNN` (sd-device, encode_devnode_name). */
function unescapeUdev(text: string): string {
  const bytes = text.replace(/\\x(?<hex>[0-9a-f]{2})/giu, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** Active logical volumes: the device mapper's name is group and volume with a hyphen between, their own hyphens doubled (lvm(8)). */
async function readDeviceMapper(own: ReadonlySet<string>): Promise<readonly Identity[]> {
  const nodes = (await readNames('/sys/block')).filter((name) => name.startsWith('dm-') && !own.has(name));
  const found = await Promise.all(
    nodes.map(async (node) => {
      const [name, uuid] = await Promise.all([readText(`/sys/block/${node}/dm/name`), readText(`/sys/block/${node}/dm/uuid`)]);
      const group = uuid.startsWith('LVM-') ? (name.trim().split(/(?<!-)-(?!-)/u)[0] ?? '').replaceAll('--', '-') : '';
      return group === '' ? [] : [{ uuid: '', label: '', volumeGroup: group, where: `/dev/mapper/${name.trim()}` }];
    }),
  );
  return found.flat();
}

/** Mounted btrfs, of which the kernel takes one with the same UUID for another device of the same file system. */
async function readBtrfs(own: ReadonlySet<string>): Promise<readonly Identity[]> {
  const uuids = (await readNames('/sys/fs/btrfs')).filter((name) => /^[0-9a-f-]{36}$/u.test(name));
  const found = await Promise.all(
    uuids.map(async (uuid) => {
      const [label, nodes] = await Promise.all([readText(`/sys/fs/btrfs/${uuid}/label`), readNames(`/sys/fs/btrfs/${uuid}/devices`)]);
      const others = nodes.filter((node) => !own.has(node));
      return others.length === 0 ? [] : [{ uuid, label: label.trimEnd(), volumeGroup: '', where: `/dev/${others[0]}` }];
    }),
  );
  return found.flat();
}
