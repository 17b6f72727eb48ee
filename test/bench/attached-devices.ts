/** Many attached devices, for benchmarks whose cost could depend on their number. */
import { closeSync, openSync } from 'node:fs';
import type { HelperClient } from '../../electron/helper/helper-client.ts';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { ParamsInputOf } from '../../native-helper/protocol/methods.ts';
import type { Workplace } from './workplace.ts';

const imageBytes = 64 * 1024;

/** What `losetup -f FILE` asks for. */
export const plainAttach: ParamsInputOf<'devices/attach'> = {
  readOnly: false,
  offsetBytes: '0',
  sizeLimitBytes: '0',
  logicalBlockSizeBytes: 0,
  partitionScan: false,
  autoclear: false,
  directIo: false,
  reference: null,
  device: null,
  whenAttached: 'refuse',
};

export async function attachImage(client: HelperClient, image: string): Promise<LoopDevice> {
  const descriptor = openSync(image, 'r+');
  try {
    return (await client.call('devices/attach', plainAttach, { descriptors: [descriptor] })).device;
  } finally {
    closeSync(descriptor);
  }
}

/** A set of devices that grows and shrinks to the number wanted, each with a file of its own. */
export class AttachedDevices {
  readonly #workplace: Workplace;
  readonly #client: HelperClient;
  readonly #devices: LoopDevice[] = [];
  #images = 0;

  constructor(workplace: Workplace, client: HelperClient) {
    this.#workplace = workplace;
    this.#client = client;
  }

  async setCount(count: number): Promise<void> {
    while (this.#devices.length < count) {
      this.#images += 1;
      const name = `image-${String(this.#images).padStart(4, '0')}.img`;
      const device = await attachImage(this.#client, this.#workplace.makeImage(name, imageBytes));
      this.#workplace.noteDevice(device.number);
      this.#devices.push(device);
    }
    while (this.#devices.length > count) {
      const device = this.#devices.pop();
      if (device !== undefined) {
        await this.#client.call('devices/detach', { device: device.number, diskseq: device.diskseq, whenFree: false });
      }
    }
  }
}
