/** Takes from the sources of the protocol what no value shows: comments of methods, names of results, types. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface MethodNotes {
  readonly comment: string;
  /** As written in the table. */
  readonly result: string;
}

const ENTRY = /(?:\/\*\*(?<comment>(?:(?!\*\/)[\s\S])*)\*\/\s*)?'(?<name>[a-z]+\/[a-z-]+)': method<(?<result>.+?)>\(\)/gu;

/** For each method of the table, in its order. */
export function readMethodNotes(root: string): ReadonlyMap<string, MethodNotes> {
  const source = readFileSync(join(root, 'native-helper/protocol/methods.ts'), 'utf8');
  return new Map(
    [...source.matchAll(ENTRY)].map(({ groups = {} }) => [
      groups['name'] ?? '',
      { comment: cleanComment(groups['comment'] ?? ''), result: groups['result'] ?? '' },
    ]),
  );
}

function cleanComment(comment: string): string {
  return comment
    .split('\n')
    .map((line) => line.trim().replace(/^\* ?/u, ''))
    .join('\n')
    .trim();
}

const TYPE = /(?:\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?export (?:interface (?<interface>\w+)[\s\S]*?\n\}|type (?<type>\w+) = [^;]*;)/gu;

/** The declarations of the types named in `results` and of all they name in turn, as one block of TypeScript. */
export function collectTypes(root: string, results: readonly string[]): string {
  const folder = join(root, 'native-helper/protocol');
  const sources = readdirSync(folder)
    .toSorted()
    .map((file) => readFileSync(join(folder, file), 'utf8'));
  const declarations = new Map(
    sources
      .flatMap((source) => [...source.matchAll(TYPE)])
      .map((match) => [match.groups?.['interface'] ?? match.groups?.['type'] ?? '', match[0]]),
  );
  const found = new Map<string, string>();
  const visit = (text: string): void => {
    for (const [name] of text.matchAll(/\b[A-Z]\w+/gu)) {
      const declaration = declarations.get(name);
      if (declaration === undefined || found.has(name)) continue;
      found.set(name, declaration);
      visit(declaration.replaceAll(/\/\*\*[\s\S]*?\*\//gu, ''));
    }
  };
  for (const result of results) visit(result);
  return `\`\`\`ts\n${[...found.values()].map((text) => text.replaceAll('export ', '')).join('\n\n')}\n\`\`\``;
}
