/**
 * Carries out a plan step by step. What a step overwrites is saved before, and each step is written down before and after it, so that a
 * failed step is put back and a stopped resize can go on or be undone. Main process and command line, as the user.
 */
import type { FileHandle } from 'node:fs/promises';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { toErrorData } from '../calls.ts';
import { openImage } from '../images/open-image.ts';
import { AppError } from '../ipc/errors.ts';
import type { PlannedFileSystem, ResizeOutcome, ResizeStep } from '../ipc/resize.ts';
import { DeviceSide, type MountedPlace } from './device-side.ts';
import { checkExt, planSwap, resizeExt, type ToolPlace } from './file-system-tools.ts';
import { setFileSize } from './file-size.ts';
import { planTable, type ImageTable } from './plan-table.ts';
import { resizeMounted, shrinks } from './resize-mounted.ts';
import { restoreExt, saveExt, type SavedImage } from './saved-ext.ts';
import type { RunContext } from './run-context.ts';
import { applyWrites, revertWrites, saveWrites } from './saved-writes.ts';
import { changing, stoppable } from './step-kinds.ts';
import { stoppedError } from './stopped-error.ts';
import { fileSystemOffset, isRecordOf, removeUndo, stepState, writeUndo, type UndoRecord } from './undo-file.ts';

export interface RunTarget {
  readonly path: Buffer;
  readonly device: LoopDevice | null;
  readonly record: UndoRecord;
  readonly table: ImageTable | null;
}

type Progress = Pick<UndoRecord, 'done' | 'begun'>;

export class ResizeRun {
  readonly #context: RunContext;
  readonly #target: RunTarget;
  readonly #file: FileHandle;
  readonly #device: DeviceSide;
  /** The file system had its new size before this run, and could be used since: what is saved of it is of no use. */
  readonly #wasResized: boolean;
  #record: UndoRecord;
  #saved: boolean;

  private constructor(context: RunContext, target: RunTarget, file: FileHandle) {
    this.#context = context;
    this.#target = target;
    this.#file = file;
    this.#device = new DeviceSide(context.session, file, target.device);
    this.#record = target.record;
    this.#wasResized = stepState({ ...target.record, ...target.record.takingBack }, 'resize-file-system') === 'after';
    this.#saved = target.record.done > target.record.steps.findIndex(({ step }) => step === 'save-undo');
  }

  /** Opens the file as the user. Throws what opening throws; FILE_NOT_WRITABLE, FILE_REPLACED. */
  static async open(context: RunContext, target: RunTarget): Promise<ResizeRun> {
    const { handle, facts, writable } = await openImage(target.path, 'read-write');
    const isSame = isRecordOf(target.record, facts);
    if (writable && isSame) return new ResizeRun(context, target, handle);
    await handle.close();
    throw new AppError(isSame ? 'FILE_NOT_WRITABLE' : 'FILE_REPLACED');
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  get device(): DeviceSide {
    return this.#device;
  }

  get file(): FileHandle {
    return this.#file;
  }

  /** From the first step that is not done. Throws CANCELLED after everything was put back; RESIZE_STOPPED, RESIZE_NOT_PUT_BACK. */
  async carryOut(): Promise<ResizeOutcome> {
    for (const [index, step] of this.#record.steps.entries()) {
      if (index < this.#record.done) continue;
      try {
        await this.#perform(step, index);
      } catch (error) {
        await this.#fail(error, step, index);
      }
    }
    await removeUndo(this.#target.path, this.#record.inode);
    return this.outcome();
  }

  outcome(): ResizeOutcome {
    const { device } = this.#device;
    const { toBytes, fileSystem } = this.#record;
    return {
      sizeBytes: toBytes,
      fileSystemBytes: fileSystem?.toBytes ?? null,
      device: device === null ? null : { number: device.number, diskseq: device.diskseq },
    };
  }

  async #perform(step: ResizeStep, index: number): Promise<void> {
    const isMounted = step.step === 'resize-file-system' && this.#record.fileSystem?.how === 'mounted';
    const cancellable = (stoppable.includes(step.step) && !isMounted) || this.#isChangingFrom(index + 1);
    if (this.#context.signal.aborted && this.#isChangingFrom(index)) throw new AppError('CANCELLED');
    if (this.#saved && changing.includes(step.step)) await this.#write({ done: index, begun: true, stoppedBy: null });
    await this.#context.onProgress({ step: index, phase: 'begin', cancellable });
    await this.#do(step, index, cancellable);
    await this.#context.onProgress({ step: index, phase: 'end', cancellable });
    this.#record = { ...this.#record, done: index + 1, begun: false };
    if (!this.#saved || !changing.includes(step.step)) return;
    // What is left only gives the device back: there is nothing to undo any more, and after a cut nothing to undo it with.
    if (this.#isChangingFrom(index + 1)) await writeUndo(this.#target.path, this.#record);
    else await removeUndo(this.#target.path, this.#record.inode);
  }

  #isChangingFrom(index: number): boolean {
    return this.#record.steps.slice(index).some(({ step }) => changing.includes(step));
  }

  /** The step that changes a mounted file system is still to come. */
  #needsMount(index: number): boolean {
    const isMounted = this.#record.fileSystem?.how === 'mounted';
    return isMounted && this.#record.steps.slice(index).some(({ step }) => step === 'resize-file-system');
  }

  async #write(change: Partial<UndoRecord>): Promise<void> {
    this.#record = { ...this.#record, ...change };
    await writeUndo(this.#target.path, this.#record);
  }

  /** Of taking back, which is possible without room for it, too, and makes room. */
  async #note(change: Partial<UndoRecord>): Promise<void> {
    await this.#write(change).catch(() => undefined);
  }

  async #do(step: ResizeStep, index: number, cancellable: boolean): Promise<void> {
    switch (step.step) {
      case 'unmount':
        return this.#device.unmount();
      case 'detach':
        return this.#device.detach();
      case 'attach':
        if (!this.#device.isTakenAway && !this.#needsMount(index)) return;
        return this.#device.attach(this.limit(this.#record.toBytes), this.#target.table !== null);
      case 'mount':
        if (this.#device.isTakenAway) return this.#device.giveBack(this.limit(this.#record.toBytes));
        if (this.#needsMount(index)) await this.mountPlace();
        return;
      case 'check':
        return checkExt(this.#place());
      case 'save-undo':
        return this.#save((bytesDone, bytesTotal) => {
          void this.#context.onProgress({ step: index, phase: 'bytes', bytesDone, bytesTotal, cancellable });
        });
      case 'resize-file':
        return setFileSize(this.#file, this.#record);
      case 'resize-device':
        return this.#device.setSize(BigInt(this.#record.toBytes), this.#record.limited);
      case 'resize-table':
        await applyWrites(this.#file, this.#record.table);
        this.#device.setPartitions(this.#record.partitions);
        return;
      case 'resize-partition':
        // Not the extended one around it, of which the kernel has but the first sectors.
        for (const { number, startBytes, sizeBytes } of this.#record.partitions.filter((one) => one.number === step.partition)) {
          await this.#device.syncPartition(number, startBytes, sizeBytes);
        }
        return;
      case 'resize-file-system':
        return this.#resizeFileSystem();
      default:
        throw new Error(`a resize has no step ${step.step}`);
    }
  }

  /** The limit a device of the image has; null: none. */
  limit(sizeBytes: string): bigint | null {
    return this.#record.limited ? BigInt(sizeBytes) : null;
  }

  get #image(): SavedImage {
    return { file: this.#file, path: this.#target.path, record: this.#record };
  }

  #place(signal = this.#context.signal): ToolPlace {
    return { file: this.#file, offsetBytes: fileSystemOffset(this.#record), signal };
  }

  /** Attaches it for the time where it is not attached. */
  async mountPlace(): Promise<MountedPlace> {
    const { place, fileSystem, partitions } = this.#record;
    if (fileSystem === null) throw new Error('no file system to mount');
    if (this.#device.device === null) await this.#device.attach(this.limit(this.#record.toBytes), this.#target.table !== null);
    const partition = partitions.find(({ number }) => number === place);
    // What is made smaller is mounted before its partition is, and when that has its size again.
    const isSmaller = shrinks(fileSystem);
    const placeBytes = isSmaller ? (partition?.beforeBytes ?? fileSystem.fromBytes) : (partition?.sizeBytes ?? fileSystem.toBytes);
    return this.#device.mount(place, fileSystem, placeBytes);
  }

  async #save(onBytes: (done: bigint, total: bigint) => void): Promise<void> {
    const record = this.#record;
    const offset = BigInt(record.offsetBytes);
    const table = await planTable(this.#file, this.#target.table, record);
    const swap = record.fileSystem?.how === 'swap' ? await planSwap(this.#file, offset, record.fileSystem) : [];
    const saved =
      record.fileSystem?.how === 'offline' ? await saveExt(this.#image, record.fileSystem, { signal: this.#context.signal, onBytes }) : [];
    this.#record = { ...record, table, swap: await saveWrites(this.#file, swap, offset), saved };
    const index = record.steps.findIndex(({ step }) => step === 'save-undo');
    await this.#write({ done: index + 1, begun: false, stoppedBy: null });
    this.#saved = true;
  }

  /** Whoever used the file system since it was saved changed it: what was saved would put its old state over the new. */
  async saveAgain(): Promise<void> {
    const { fileSystem } = this.#record;
    if (fileSystem === null) return;
    await checkExt(this.#place());
    await this.#write({ saved: await saveExt(this.#image, fileSystem, { signal: this.#context.signal }), begun: false });
  }

  async #resizeFileSystem(): Promise<void> {
    const { fileSystem } = this.#record;
    if (fileSystem === null) return;
    if (fileSystem.how === 'swap') return applyWrites(this.#file, this.#record.swap);
    if (fileSystem.how === 'offline') return resizeExt(this.#place(), fileSystem);
    await this.resizeOnMount(fileSystem);
  }

  /** What the failed step did is put back; where nothing else was done, the resize never was. Always throws. */
  async #fail(error: unknown, step: ResizeStep, index: number): Promise<never> {
    const isCancelled = toErrorData(error).code === 'CANCELLED';
    if (this.#saved && !this.#isChangingFrom(index)) {
      await this.#device.giveBack(this.limit(this.#record.toBytes)).catch(() => undefined);
      const { code: _code, message: _message, ...facts } = toErrorData(error);
      throw new AppError('RESIZED_NOT_ATTACHED', facts, { cause: error });
    }
    const isPutBack = await this.putStepBack(step).then(
      () => true,
      () => false,
    );
    const isCut = step.step === 'resize-file' && (await this.#isCut());
    const nothingDone = !isCut && !this.#record.steps.slice(0, index).some(({ step: done }) => changing.includes(done));
    if (isPutBack && (nothingDone || (isCancelled && !isCut))) {
      await this.takeBack(index);
      throw error;
    }
    await this.#write({ done: index, begun: !isPutBack || isCut, stoppedBy: toErrorData(error).code });
    // Whoever works with the image gets it back as far as it is whole.
    if (isPutBack) await this.#device.giveBack(await this.#presentLimit()).catch(() => undefined);
    throw stoppedError(error, isPutBack, { step: step.step, number: index + 1, count: this.#record.steps.length });
  }

  /** What was behind the new end is gone. */
  async #isCut(): Promise<boolean> {
    const { fileFromBytes, fileToBytes } = this.#record;
    const { size } = await this.#file.stat({ bigint: true });
    return BigInt(fileToBytes) < BigInt(fileFromBytes) && size === BigInt(fileToBytes);
  }

  /** Of a device that is attached between two sizes. */
  async #presentLimit(): Promise<bigint | null> {
    if (!this.#record.limited) return null;
    const room = (await this.#file.stat({ bigint: true })).size - BigInt(this.#record.offsetBytes);
    const wanted = BigInt(this.#record.toBytes);
    return wanted < room ? wanted : room;
  }

  /** Undoes what one step may have done, wholly or in part. */
  async putStepBack({ step }: ResizeStep): Promise<void> {
    const { fileSystem, table, swap, fileFromBytes, fileToBytes } = this.#record;
    if (step === 'resize-table') await revertWrites(this.#file, table);
    if (step === 'resize-file' && BigInt(fileToBytes) > BigInt(fileFromBytes)) await this.#file.truncate(Number(fileFromBytes));
    if (step === 'resize-file-system' && fileSystem?.how === 'swap') await revertWrites(this.#file, swap);
    if (step === 'resize-file-system' && fileSystem?.how === 'offline') await restoreExt(this.#image);
  }

  /**
   * Takes an ext back to the size that it had, with what it holds now. Stopped within, it gets its present state again, and the resize is as far as
   * `now` says: where nothing else is said, the file system has its new size, and all after that was taken back.
   */
  async takeExtBack(signal: AbortSignal, now?: Progress): Promise<void> {
    const { fileSystem, steps } = this.#record;
    if (fileSystem === null) return;
    const sizes = { fromBytes: fileSystem.toBytes, toBytes: fileSystem.fromBytes };
    await checkExt(this.#place(signal));
    const saved = await saveExt(this.#image, sizes, { signal });
    const done = steps.findIndex(({ step }) => step === 'resize-file-system');
    await this.#write({ saved, takingBack: now ?? { done: done + 1, begun: false }, done, begun: true });
    try {
      await resizeExt(this.#place(signal), sizes);
    } catch (error) {
      await this.dropTakingBack();
      throw error;
    }
    await this.#write({ takingBack: undefined, begun: false });
  }

  /** Where taking the file system back was stopped: as it was before that. */
  async dropTakingBack(): Promise<UndoRecord> {
    const { takingBack, ...record } = this.#record;
    if (takingBack === undefined) return record;
    await restoreExt(this.#image);
    await this.#write({ ...takingBack, takingBack: undefined });
    return this.#record;
  }

  /** Undoes all steps before `index`, gives the device back, and forgets what was saved. */
  async takeBack(index: number, signal = new AbortController().signal): Promise<void> {
    const { steps, inode } = this.#record;
    const done = steps.slice(0, index).filter(({ step }) => changing.includes(step));
    // A device must not lose its file's end under it.
    if (done.length > 0 && this.#device.device !== null) await this.#device.detach();
    if (done.length > 0 && this.#record.undoing !== true) await this.#note({ undoing: true });
    for (const step of done.toReversed()) {
      const isExt = step.step === 'resize-file-system' && this.#record.fileSystem?.how === 'offline';
      // Killed within that, it is put back from what was saved.
      if (isExt && !this.#wasResized) await this.#note({ done: steps.indexOf(step), begun: true });
      await (isExt && this.#wasResized ? this.takeExtBack(signal) : this.putStepBack(step));
    }
    await this.#file.sync();
    await removeUndo(this.#target.path, inode);
    await this.giveBackBefore();
    if (done.some(({ step }) => step === 'resize-file-system')) await this.growBack();
  }

  /** With the sizes that everything had. */
  async giveBackBefore(): Promise<void> {
    this.#device.setPartitions(this.#record.partitions.map((one) => ({ number: one.number, sizeBytes: one.beforeBytes })));
    await this.#device.giveBack(this.limit(this.#record.fromBytes));
  }

  /** Takes the file system to its new size on its mount. */
  async resizeOnMount(fileSystem: PlannedFileSystem): Promise<void> {
    await resizeMounted(this.#context.session, await this.mountPlace(), fileSystem);
    // What the kernel wrote through the device lies in memory still; with the copies of XFS's superblock on the disk, nothing is to be undone.
    await this.#file.sync();
  }

  /** A file system that was made smaller on its mount takes its whole place again; one that cannot is whole all the same. */
  async growBack(): Promise<void> {
    if (this.#record.fileSystem?.how !== 'mounted') return;
    const wasAttached = this.#device.device !== null;
    try {
      const { device, mountId } = await this.mountPlace();
      await this.#context.session.call('mounts/grow', { device: device.number, diskseq: device.diskseq, mountId });
    } catch {
      // Smaller than its place is no fault of a file system.
    }
    await (wasAttached ? this.#device.endStep() : this.#device.detach()).catch(() => undefined);
  }
}
