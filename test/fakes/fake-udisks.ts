/** udisksctl and a view-only helper over a model, with the answers recorded from udisks2 2.9.4 (Debian 12). */
import { readlinkSync } from 'node:fs';
import type { DecimalString } from '../../native-helper/protocol/scalars.ts';
import { HelperError } from '../../native-helper/protocol/errors.ts';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { HelperClient } from '../../electron/helper/helper-client.ts';
import type { ToolRequest, ToolResult } from '../../electron/tools/run-tool.ts';
import { kernelText, loopDevice, mountAt } from './sample-devices.ts';

const answered = (stdout: string): ToolResult => ({ status: 0, stdout, stderr: '' });
const refused = (stderr: string): ToolResult => ({ status: 1, stdout: '', stderr });

export class FakeUdisks {
  readonly devices = new Map<number, LoopDevice>();
  /** False: the service is not there. */
  isRunning = true;
  /** Devices that somebody keeps open. */
  readonly held = new Set<number>();
  #sequence = 100;

  readonly run = async ({ args, descriptors = [] }: ToolRequest): Promise<ToolResult> => {
    const value = (name: string): string | undefined => args[args.indexOf(name) + 1];
    if (!this.isRunning) return refused('Error connecting to the udisks daemon: Could not activate remote peer.\n');
    switch (args[0]) {
      case 'loop-setup':
        return this.#setUp(descriptors[0] ?? -1, args);
      case 'loop-delete':
        return this.#delete(value('--block-device') ?? '');
      case 'mount':
        return this.#mount(value('--block-device') ?? '', args.includes('ro'));
      case 'unmount':
        return this.#unmount(value('--block-device') ?? '');
      default:
        return answered('MODEL                     REVISION  SERIAL               DEVICE\n');
    }
  };

  readonly viewer: Pick<HelperClient, 'call' | 'onNotification' | 'onEnd'> = {
    call: (async (method: string) => {
      if (method === 'devices/list') return { revision: 1, devices: [...this.devices.values()], unboundNumbers: [] };
      throw new HelperError('ROOT_REQUIRED');
    }) as HelperClient['call'],
    onNotification: () => () => {},
    onEnd: () => () => {},
  };

  #setUp(fd: number, args: readonly string[]): ToolResult {
    const name = readlinkSync(`/proc/self/fd/${fd}`);
    const number = [...Array(100).keys()].find((candidate) => !this.devices.has(candidate)) ?? 0;
    this.#sequence += 1;
    const decimal = (option: string): DecimalString =>
      (args.includes(option) ? (args[args.indexOf(option) + 1] ?? '0') : '0') as DecimalString;
    const facts: Partial<LoopDevice> = {
      diskseq: String(this.#sequence) as DecimalString,
      readOnly: args.includes('--read-only'),
      autoclear: false,
      offsetBytes: decimal('--offset'),
      sizeLimitBytes: decimal('--size'),
      backingFile: kernelText(name),
      ownership: 'unknown',
    };
    this.devices.set(number, loopDevice(number, name, facts));
    return answered(`Mapped file ${name} as /dev/loop${number}.\n`);
  }

  #numberOf(node: string): number {
    return Number(/loop(\d+)/u.exec(node)?.[1] ?? -1);
  }

  #delete(node: string): ToolResult {
    const number = this.#numberOf(node);
    if (!this.devices.has(number)) return refused(`Error looking up object for device ${node}\n`);
    if (!this.held.has(number)) this.devices.delete(number);
    return answered('');
  }

  #mount(node: string, readOnly: boolean): ToolResult {
    const device = this.devices.get(this.#numberOf(node));
    if (device === undefined) return refused(`Error looking up object for device ${node}\n`);
    this.devices.set(device.number, { ...device, mounts: [mountAt('/run/media/user/LABEL', 'ext4', readOnly)] });
    return answered(`Mounted ${node} at /run/media/user/LABEL\n`);
  }

  #unmount(node: string): ToolResult {
    const device = this.devices.get(this.#numberOf(node));
    if (device === undefined || device.mounts.length === 0) {
      return refused(`Error unmounting ${node}: GDBus.Error:org.freedesktop.UDisks2.Error.NotMounted: Device \`${node}' is not mounted\n`);
    }
    this.devices.set(device.number, { ...device, mounts: [] });
    return answered(`Unmounted ${node}.\n`);
  }
}
