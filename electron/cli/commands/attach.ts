/** platter attach FILE… */
import type { AttachResult } from '../../../native-helper/protocol/devices.ts';
import { toDecimal } from '../../../native-helper/protocol/scalars.ts';
import { withImage } from '../../actions/attach.ts';
import type { OpenImage } from '../../images/open-image.ts';
import { toFileNameBytes } from '../../images/file-name-bytes.ts';
import { printJson, say, showText, toJsonDevice, warn, type Context } from '../context.ts';
import { rememberUse } from '../remember-use.ts';
import { forEachSubject } from '../subjects.ts';
import { nodePath } from '../device-names.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { createTargets } from '../targets.ts';
import { writeOutput } from '../terminal.ts';
import { attachWarnings, readOnlyReasons } from '../reason-words.ts';
import { whileWaiting } from '../activity.ts';

export interface AttachOptions {
  readonly readOnly: boolean;
  readonly offsetBytes: bigint;
  readonly sizeLimitBytes: bigint;
  readonly logicalBlockSizeBytes: number;
  readonly partitionScan: boolean;
  readonly autoclear: boolean;
  readonly directIo: boolean;
  readonly reference: string | null;
  /** Number of the device to take, null for a free one. */
  readonly device: number | null;
  readonly whenAttached: 'reuse' | 'refuse' | 'attach-again';
  /** LOOP_SET_FD and then this call, as in loop(4); null for LOOP_CONFIGURE. */
  readonly legacy: 'LOOP_SET_STATUS64' | 'LOOP_SET_STATUS' | null;
}

async function call(session: Session, image: OpenImage, options: AttachOptions): Promise<AttachResult> {
  const common = {
    readOnly: options.readOnly || !image.writable,
    offsetBytes: toDecimal(options.offsetBytes),
    sizeLimitBytes: toDecimal(options.sizeLimitBytes),
    partitionScan: options.partitionScan,
    autoclear: options.autoclear,
    reference: options.reference,
  };
  const descriptors = [image.handle.fd];
  if (options.legacy !== null) return session.call('devices/attach-legacy', { ...common, statusCall: options.legacy }, { descriptors });
  const { directIo, device, whenAttached, logicalBlockSizeBytes } = options;
  return session.call('devices/attach', { ...common, directIo, device, whenAttached, logicalBlockSizeBytes }, { descriptors });
}

function tell(file: string, image: OpenImage, result: AttachResult, context: Context): void {
  const { device, outcome, warnings } = result;
  const reason = image.fallback ?? result.readOnlyReason;
  if (!context.json) {
    const because = reason === null || reason === 'requested' ? '' : `: ${readOnlyReasons[reason]}`;
    const mode = device.readOnly ? `, read-only${because}` : '';
    const verb = outcome === 'attached' ? 'attached' : 'was attached already';
    // With --quiet what a script needs is the device, as `losetup --show` gives it.
    if (context.quiet) writeOutput(`${nodePath(device.number)}\n`);
    else say(context, `${nodePath(device.number)}: ${showText(file, context)} ${verb}${mode}`);
  }
  for (const warning of warnings) warn(context, `${nodePath(device.number)}: ${attachWarnings[warning]}`);
}

export async function attach(files: readonly string[], options: AttachOptions, context: Context): Promise<ExitCode> {
  const results: object[] = [];
  const targets = createTargets();
  // The file first: nobody is asked for a password for a file that cannot be opened.
  const attachFile = async (file: string): Promise<ExitCode> =>
    withImage(toFileNameBytes(file), options, async (image) => {
      const session = await targets.session();
      const result = await whileWaiting(`Attaching ${showText(file, context)}`, context, call(session, image, options));
      tell(file, image, result, context);
      await rememberUse(file, image);
      const { device, outcome, warnings } = result;
      const readOnlyReason = image.fallback ?? result.readOnlyReason;
      results.push({ file: file.toWellFormed(), outcome, readOnlyReason, warnings, device: toJsonDevice(device) });
      return exitCodes.done;
    });
  try {
    const status = await forEachSubject(files, context, attachFile);
    if (context.json) printJson({ results });
    return status;
  } finally {
    await targets.close();
  }
}
