/** The built image worker, as the product runs it. */
import { join } from 'node:path';
import { projectRoot } from '../../build/bootstrap.mjs';
import type { WorkerFiles } from '../../electron/images/image-worker.ts';

export const builtWorker: WorkerFiles = { node: process.execPath, script: join(projectRoot, 'dist/image-worker/worker.js') };
