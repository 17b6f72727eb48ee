/** udisksctl(1): the command lines, and what its answers mean. Main process. */
import type { AttachParams } from '../../native-helper/protocol/devices.ts';
import { HelperError, type HelperErrorCode } from '../../native-helper/protocol/errors.ts';
import { descriptorArgument, runTool, type ToolRequest, type ToolResult } from '../tools/run-tool.ts';

/** Runs the program; {@link runTool}, or in tests a recording of it. */
export type RunTool = (request: ToolRequest) => Promise<ToolResult>;

/** As long as somebody may look for his password; nothing else takes so long. */
const ANSWER_LIMIT_MS = 10 * 60_000;
const STATUS_LIMIT_MS = 10_000;

export class Udisksctl {
  readonly #run: RunTool;

  constructor(run: RunTool = runTool) {
    this.#run = run;
  }

  /** True when the program is there and the service answers it. */
  async answers(): Promise<boolean> {
    try {
      const { status } = await this.#run({ program: 'udisksctl', args: ['status'], timeLimitMs: STATUS_LIMIT_MS });
      return status === 0;
    } catch {
      return false;
    }
  }

  /** Number of the device. `fd` is handed on: the program opens the file behind it with the user's own rights. */
  async setUp(fd: number, { readOnly, offsetBytes, sizeLimitBytes, partitionScan }: AttachParams, signal?: AbortSignal): Promise<number> {
    const range = [
      ...(offsetBytes === '0' ? [] : ['--offset', offsetBytes]),
      ...(sizeLimitBytes === '0' ? [] : ['--size', sizeLimitBytes]),
    ];
    const flags = [...(readOnly ? ['--read-only'] : []), ...(partitionScan ? [] : ['--no-partition-scan'])];
    const args = ['loop-setup', '--file', descriptorArgument(0), ...range, ...flags];
    const said = await this.#ask(args, 'KERNEL_REFUSED', { descriptors: [fd], ...(signal === undefined ? {} : { signal }) });
    const number = /as \/dev\/loop(\d+)\.?$/mu.exec(said)?.[1];
    if (number === undefined) throw new HelperError('INTERNAL');
    return Number(number);
  }

  async remove(device: number): Promise<void> {
    await this.#ask(['loop-delete', '--block-device', `/dev/loop${device}`], 'DEVICE_BUSY');
  }

  /** The folder. */
  async mount(node: string, fileSystemType: string, readOnly: boolean): Promise<string> {
    // One of a closed list, which holds no word that could be taken for an option.
    const type = /^[a-z0-9]+$/u.test(fileSystemType) ? ['--filesystem-type', fileSystemType] : [];
    const options = readOnly ? ['--options', 'ro'] : [];
    const said = await this.#ask(['mount', '--block-device', node, ...type, ...options], 'FILE_SYSTEM_INVALID');
    // Before 2.10 with a full stop at the end.
    const place = /^Mounted \S+ at (.+?)\.?\n?$/u.exec(said)?.[1];
    if (place === undefined) throw new HelperError('INTERNAL');
    return place;
  }

  async unmount(node: string, lazy: boolean): Promise<void> {
    await this.#ask(['unmount', '--block-device', node, ...(lazy ? ['--force'] : [])], 'MOUNT_BUSY');
  }

  async #ask(args: readonly string[], otherwise: HelperErrorCode, more: Partial<ToolRequest> = {}): Promise<string> {
    const { status, stdout, stderr } = await this.#run({ program: 'udisksctl', args, timeLimitMs: ANSWER_LIMIT_MS, ...more });
    if (status !== 0) throw new HelperError(explainRefusal(stderr) ?? otherwise);
    return stdout;
  }
}

/** Names of udisks2's D-Bus errors, which are not translated (UDisks 2.1 to 2.10). */
const refusals: readonly (readonly [name: RegExp, code: HelperErrorCode])[] = [
  [/UDisks2\.Error\.NotAuthorizedDismissed/u, 'AUTHORIZATION_DISMISSED'],
  [/UDisks2\.Error\.NotAuthorizedCanObtain/u, 'AUTHORIZATION_UNAVAILABLE'],
  [/UDisks2\.Error\.NotAuthorized/u, 'NOT_AUTHORIZED'],
  [/UDisks2\.Error\.DeviceBusy/u, 'DEVICE_BUSY'],
  [/UDisks2\.Error\.NotMounted/u, 'NOT_MOUNTED'],
  [/UDisks2\.Error\.OptionNotPermitted|UDisks2\.Error\.NotSupported/u, 'FILE_SYSTEM_REFUSED'],
  [/Error looking up object for device|Object .* is not a (?:loop|block) device/u, 'NO_SUCH_DEVICE'],
];

function explainRefusal(stderr: string): HelperErrorCode | null {
  return refusals.find(([name]) => name.test(stderr))?.[1] ?? null;
}
