/** Why a process must not show a window. Pure. */

/** Null when it may; otherwise the sentence for the person. */
export function findRefusal(facts: { readonly uid: number; readonly withoutSandbox: boolean }): string | null {
  if (facts.uid === 0) return 'Platter does not open its window as root. Start it as an ordinary user; it asks when something needs root.';
  if (facts.withoutSandbox) return 'Platter does not run without the sandbox of its pages (--no-sandbox).';
  return null;
}
