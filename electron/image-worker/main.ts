/**
 * The image worker: looks into images with the user's rights, away from the window, because an image may be made to crash or to hang
 * whoever reads it. Started by images/image-worker.ts with a Unix socket as descriptor 3; answers on standard output; ends with
 * the socket, and by itself when one image takes too long.
 */
import { closeSync, readFileSync, writeSync } from 'node:fs';
import type { ProbeReply, ProbeRequest } from './findings.ts';
import { ImageBytes } from './image-bytes.ts';
import { inspect } from './inspect.ts';
import { confine, endIn, receive } from './native.ts';
import { probe } from './probe.ts';

const SOCKET = 3;
const STDOUT = 1;
/** Longer than main waits for a worker that has started, so that this matters only where main is gone or could not end the worker. */
const LONGEST_PROBE_SECONDS = 15;
/** Beyond what Node has taken when the first image comes; libblkid reads a few mebibytes of one. */
const MORE_MEMORY_BYTES = 256n * 1024n * 1024n;

function answer(request: ProbeRequest, fd: number): ProbeReply {
  try {
    endIn(LONGEST_PROBE_SECONDS);
    const { id, kind, offsetBytes, sizeBytes, sectorBytes } = request;
    const image = new ImageBytes(fd, BigInt(offsetBytes), BigInt(sizeBytes));
    return kind === 'inspect' ? { id, image: inspect(image) } : { id, findings: probe(image, sectorBytes) };
  } catch (error) {
    return { id: request.id, failure: String(error) };
  } finally {
    endIn(0);
  }
}

function say(reply: ProbeReply): void {
  const line = Buffer.from(`${JSON.stringify(reply)}\n`);
  for (let sent = 0; sent < line.length;) sent += writeSync(STDOUT, line, sent);
}

/** What RLIMIT_DATA counts (proc_pid_status(5)). */
function dataBytes(): bigint {
  const kibibytes = /^VmData:\s+(?<size>[0-9]+) kB$/mu.exec(readFileSync('/proc/self/status', 'latin1'))?.groups?.['size'];
  if (kibibytes === undefined) throw new Error('no VmData');
  return BigInt(kibibytes) * 1024n;
}

/** A request is one line; its descriptor came with its first byte. */
function serve(): void {
  let line = '';
  let descriptor: number | null = null;
  for (let received = receive(SOCKET); received !== null; received = receive(SOCKET)) {
    descriptor ??= received.descriptor;
    line += received.bytes.toString('latin1');
    if (!line.endsWith('\n')) continue;
    if (descriptor === null) throw new Error('a request without a descriptor');
    const reply = answer(JSON.parse(line) as ProbeRequest, descriptor);
    // Before the answer: whoever has it may ask the kernel for a lease, which nobody else's descriptor may be in the way of.
    closeSync(descriptor);
    say(reply);
    line = '';
    descriptor = null;
  }
}

confine({ memoryBytes: dataBytes() + MORE_MEMORY_BYTES });
serve();
