import { expect, test } from 'vitest';
import { findRefusal } from '../../../electron/hosts/start-refusal.ts';
import { toStartError } from '../../../electron/helper-source.ts';
import { parseStartTime } from '../../../electron/preflight.ts';

test('every way not to get a helper has a code of its own and keeps the raw words', () => {
  const kinds = ['dismissed', 'denied', 'no-agent', 'no-pkexec', 'not-installed', 'version-mismatch'] as const;
  const end = { status: 1, signal: null, errorCode: null, details: 'words' };
  const failures = [...kinds.map((kind) => ({ kind, details: 'words' })), { kind: 'broken', end, details: 'words' } as const];
  const errors = failures.map((failure) => toStartError(failure).data);
  expect(new Set(errors.map((error) => error.code)).size).toBe(failures.length);
  expect(errors.map((error) => error.details)).toEqual(failures.map(() => 'words'));
});

test('the start time of a process is read behind a name that may hold anything', () => {
  const fields = ['S', ...Array.from({ length: 18 }, (_, index) => `${index}`), '12345', '0'];
  expect(parseStartTime(`1 (a) b) ${fields.join(' ')}`)).toBe('12345');
  expect(parseStartTime('')).toBeNull();
  expect(parseStartTime('1 (x) S')).toBeNull();
});

test('no window is opened as root or without the sandbox', () => {
  expect(findRefusal({ uid: 1000, withoutSandbox: false })).toBeNull();
  expect(findRefusal({ uid: 0, withoutSandbox: false })).toContain('root');
  expect(findRefusal({ uid: 1000, withoutSandbox: true })).toContain('sandbox');
});
