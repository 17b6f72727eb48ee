/**
 * Writes native-helper/PROTOCOL.md from the tables in native-helper/protocol/ and the prose in build/protocol-prose.md.
 * `--check` writes nothing and exits with 1 when the file is not what the tables say.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCodes, limits, rpcCodes } from '../native-helper/protocol/envelope.ts';
import { helperErrors } from '../native-helper/protocol/errors.ts';
import { helperMethods, type Authorization, type MethodName } from '../native-helper/protocol/methods.ts';
import { PROTOCOL_VERSION } from '../native-helper/protocol/session.ts';
import { describeParameters } from './protocol-schemas.ts';
import { collectTypes, readMethodNotes } from './protocol-sources.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = join(root, 'native-helper/PROTOCOL.md');
const prose = join(root, 'build/protocol-prose.md');

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n');
}

function describeAuthorization(authorization: Authorization): string {
  if (authorization === 'none') return 'none';
  const own = authorization.own === null ? 'no question' : `\`${authorization.own}\``;
  const uncommon =
    'uncommon' in authorization && authorization.uncommon !== undefined ? ` (uncommon types: \`${authorization.uncommon}\`)` : '';
  const others = authorization.others === 'refused' ? 'refused' : `\`${authorization.others}\``;
  return `own: ${own}${uncommon}; others': ${others}`;
}

function describeMethod(name: MethodName, notes: ReturnType<typeof readMethodNotes>): string {
  const entry = helperMethods[name];
  const { comment, result } = notes.get(name) ?? { comment: '', result: 'unknown' };
  const facts = [
    `- Result: \`${result}\``,
    `- Authorization: ${describeAuthorization(entry.authorization)}`,
    `- Descriptors: ${entry.descriptors}`,
    `- Without root: ${entry.viewOnly ? 'yes' : 'no (`ROOT_REQUIRED`)'}`,
  ];
  const parameters = describeParameters(entry.params).map(
    (rows) =>
      `\n${table(
        ['parameter', 'value'],
        rows.map((row) => [`\`${row.name}\``, row.value]),
      )}\n`,
  );
  const text = comment === '' ? '' : `${comment}\n\n`;
  return `### ${name}\n\n${text}${facts.join('\n')}\n${parameters.length === 0 ? '- Parameters: none\n' : parameters.join('\nor\n')}`;
}

function writePage(): string {
  const notes = readMethodNotes(root);
  const names = Object.keys(helperMethods) as MethodName[];
  const parts: Readonly<Record<string, string>> = {
    version: String(PROTOCOL_VERSION),
    limits: table(
      ['limit', 'value'],
      Object.entries(limits).map(([name, value]) => [`\`${name}\``, value.toLocaleString('en')]),
    ),
    exits: table(
      ['status', 'name'],
      Object.entries(exitCodes).map(([name, value]) => [String(value), name]),
    ),
    numbers: table(
      ['number', 'for'],
      Object.entries(rpcCodes).map(([name, value]) => [String(value), name]),
    ),
    errors: table(
      ['code', 'sentence'],
      Object.entries(helperErrors).map(([code, sentence]) => [`\`${code}\``, sentence]),
    ),
    methods: names.map((name) => describeMethod(name, notes)).join('\n'),
    types: collectTypes(root, [...notes.values()].map(({ result }) => result).concat('DeviceChanges', 'HelperErrorData')),
  };
  return readFileSync(prose, 'utf8').replaceAll(/<!-- (\w+) -->/gu, (_, name: string) => {
    const part = parts[name];
    if (part === undefined) throw new Error(`build/protocol-prose.md asks for ${name}`);
    return part.trimEnd();
  });
}

const text = writePage();
if (process.argv.includes('--check')) {
  const isFresh = existsSync(page) && readFileSync(page, 'utf8') === text;
  if (!isFresh) process.stderr.write('native-helper/PROTOCOL.md is stale: run node build/protocol-page.ts\n');
  process.exitCode = isFresh ? 0 : 1;
} else {
  writeFileSync(page, text);
}
