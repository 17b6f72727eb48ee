/** Debian 12's own kernel. */
import { declareGuestTests } from './run-tests.ts';
import { kernelRun } from './kernel-run.ts';

await declareGuestTests(kernelRun('6.1'));
