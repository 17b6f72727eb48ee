/** How far a tool is that says nothing of it itself: what it has read so far, as the kernel counts it. Main process and command line. */
import { readFile } from 'node:fs/promises';
import { runTool, type ToolRequest, type ToolResult } from './run-tool.ts';

const LOOKED_EVERY_MS = 200;

/**
 * Runs a tool and tells the bytes it has read: `rchar` of proc_pid_io(5), which counts read(2) and copy_file_range(2), holes that were
 * skipped not. A few kibibytes of it are the tool's own start.
 */
export async function runCounted(request: ToolRequest, onRead: (bytes: bigint) => void): Promise<ToolResult> {
  let timer: NodeJS.Timeout | undefined;
  const onStart = (pid: number): void => {
    request.onStart?.(pid);
    timer = setInterval(() => {
      void readBytes(pid).then((bytes) => {
        if (bytes !== null && timer !== undefined) onRead(bytes);
      });
    }, LOOKED_EVERY_MS);
  };
  try {
    return await runTool({ ...request, onStart });
  } finally {
    clearInterval(timer);
    timer = undefined;
  }
}

/** Null when the process is gone. */
async function readBytes(pid: number): Promise<bigint | null> {
  const text = await readFile(`/proc/${pid}/io`, 'latin1').catch(() => '');
  const bytes = /^rchar: (?<bytes>[0-9]+)$/mu.exec(text)?.groups?.['bytes'];
  return bytes === undefined ? null : BigInt(bytes);
}
