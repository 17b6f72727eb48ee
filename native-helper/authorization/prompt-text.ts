/**
 * Text that a password dialog shows. File names come from users and are shown by programs that print them as they are
 * (pkttyagent sends escape sequences to the terminal), so only harmless characters remain. Runs as root.
 */
import type { PromptFacts } from './authorizer.ts';

/** Characters kept of a name before it is cut, counted as people count (code points). */
const LONGEST = 80;

/**
 * Replaces what could steer a terminal, turn the reading direction, be markup or a polkit substitution, or hide
 * something: controls, format characters, line separators, surrogates, unassigned code points and `$`, `<`, `>`, `&`.
 */
export function cleanForPrompt(text: string): string {
  const clean = text
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S}\u0020]|[$<>&]/gu, '\uFFFD')
    .replace(/\p{M}{4,}/gu, '\uFFFD');
  const points = Array.from(clean);
  return points.length <= LONGEST ? clean : `${points.slice(0, LONGEST - 1).join('')}…`;
}

/** The details passed to polkit; the messages of org.platter.policy name them as $(device), $(file) and $(program). Never empty: polkit would show the placeholder. */
export function promptDetails(facts: PromptFacts): readonly (readonly [key: string, value: string])[] {
  const file = facts.fileName === null ? '' : cleanForPrompt(facts.fileName).trim();
  const program = facts.program === undefined || facts.program === null ? '' : cleanForPrompt(facts.program).trim();
  return [
    ['device', facts.device === null ? 'a loop device' : `loop${facts.device}`],
    ['file', file === '' ? 'a file without a name' : file],
    ...(facts.program === undefined ? [] : [['program', program === '' ? 'a program' : program] as const]),
  ];
}
