/** The newer kernel that Debian 12's updates carry. */
import { test } from 'vitest';
import { isKernelKnown } from './kernel-package.ts';
import { kernelRun } from './kernel-run.ts';
import { declareGuestTests } from './run-tests.ts';

const isKnown = isKernelKnown('6.12');
if (isKnown) await declareGuestTests(kernelRun('6.12'));

test('a newer kernel', ({ skip }) => {
  skip(!isKnown, 'apt knows no linux-image-6.12-amd64 here');
});
