/** Typed access to the class names of a CSS module. */

/**
 * Picks the class names a component uses. A name the style sheet does not have throws when the module loads, so that a
 * misspelt class is seen by every test instead of by nobody.
 */
export function pickClasses<const Name extends string>(
  sheet: Readonly<Record<string, string>>,
  names: readonly Name[],
): { readonly [N in Name]: string } {
  const picked: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const value = sheet[name];
    if (value === undefined) throw new Error(`the style sheet has no class ${name}`);
    picked[name] = value;
  }
  return picked as { readonly [N in Name]: string };
}

/** Joins the names that are there. */
export function join(...names: readonly (string | false | undefined)[]): string {
  return names.filter((name) => name !== false && name !== undefined).join(' ');
}
