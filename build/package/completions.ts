/** Completions for bash, zsh and fish, made from the command line's own program, so that they cannot name what is not there. */
import type { Command, Option } from 'commander';
import { createProgram } from '../../electron/cli/program.ts';

interface Choice {
  /** `-r` and `--read-only`, those there are. */
  readonly words: readonly string[];
  readonly description: string;
  readonly takesValue: boolean;
}

interface CompletedCommand {
  /** `nodes add` is two words; empty for the program itself. */
  readonly path: readonly string[];
  readonly description: string;
  readonly options: readonly Choice[];
  readonly children: readonly string[];
}

export interface Completions {
  readonly bash: string;
  readonly zsh: string;
  readonly fish: string;
}

function toChoice(option: Option): Choice {
  const words = [option.short, option.long].filter((word) => word !== undefined && word !== null);
  return { words, description: option.description, takesValue: option.required };
}

function walk(command: Command, path: readonly string[]): CompletedCommand[] {
  const options = command.options.filter(({ hidden }) => !hidden).map(toChoice);
  const children = command.commands.map((child) => child.name());
  const own = { path, description: command.description(), options, children };
  return [own, ...command.commands.flatMap((child) => walk(child, [...path, child.name()]))];
}

/** Every command of the program, the program itself first. */
export function completedCommands(): CompletedCommand[] {
  const help: Choice = { words: ['-h', '--help'], description: 'display help', takesValue: false };
  return walk(
    createProgram(() => {}),
    [],
  ).map((command) => ({ ...command, options: [...command.options, help] }));
}

export function writeCompletions(): Completions {
  const commands = completedCommands();
  return { bash: bash(commands), zsh: zsh(commands), fish: fish(commands) };
}

function words(commands: readonly CompletedCommand[], command: CompletedCommand): string[] {
  const everywhere = commands[0] === command ? [] : (commands[0]?.options ?? []);
  return [...new Set([...command.children, ...[...command.options, ...everywhere].flatMap((choice) => choice.words)])];
}

/** The words before the cursor that are no options choose the command; what is none of its words is a file. */
function bash(commands: readonly CompletedCommand[]): string {
  const cases = commands.map((command) => `    '${command.path.join(' ')}') words='${words(commands, command).join(' ')}' ;;`);
  const known = commands.map(({ path }) => `'${path.join(' ')}'`).slice(1);
  return `# bash completion for platter; made from the program's own list of commands.
_platter() {
  local current=\${COMP_WORDS[COMP_CWORD]} command='' next words='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] && continue
    next=\${command:+$command }$word
    case $next in
    ${known.join(' | ')}) command=$next ;;
    *) break ;;
    esac
  done
  case $command in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ $current != -* && -n $command ]]; then
    compopt -o filenames
    COMPREPLY+=($(compgen -f -- "$current"))
  fi
}
complete -F _platter platter
`;
}

/** In single quotes, for a shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** _arguments and _describe give colons and brackets a meaning of their own. */
function zshText(text: string): string {
  return text.replaceAll(/[\\[\]:]/gu, String.raw`\$&`);
}

function zshOption({ words: names, description, takesValue }: Choice): string {
  const value = takesValue ? ':value:' : '';
  const [first = '', second] = names;
  const text = `[${zshText(description)}]${value}`;
  if (second === undefined) return quote(`${first}${text}`);
  return `'(${names.join(' ')})'{${first},${second}}${quote(text)}`;
}

function zshFunction(command: CompletedCommand): string {
  return ['_platter', ...command.path].join('_').replaceAll('-', '_');
}

function zshLeaf(command: CompletedCommand, options: string): string {
  return `${zshFunction(command)}() {
  _arguments -s -S \\
${options}    '*:image or device:_files'
}
`;
}

function zshParent(command: CompletedCommand, options: string, children: readonly CompletedCommand[]): string {
  const names = children.map((child) => ({ name: child.path.at(-1) ?? '', child }));
  return `${zshFunction(command)}() {
  local state line
  local -a commands=(
${names.map(({ name, child }) => `    ${quote(`${name}:${zshText(child.description)}`)}`).join('\n')}
  )
  _arguments -s -S -C \\
${options}    '1:command:->command' '*::argument:->argument'
  case $state in
  command) _describe command commands ;;
  argument)
    case $line[1] in
${names.map(({ name, child }) => `    ${name}) ${zshFunction(child)} ;;`).join('\n')}
    esac
    ;;
  esac
}
`;
}

/** The commands right below one. */
function childrenOf(commands: readonly CompletedCommand[], { path }: CompletedCommand): CompletedCommand[] {
  return commands.filter((other) => other.path.length === path.length + 1 && path.every((word, index) => other.path[index] === word));
}

function zsh(commands: readonly CompletedCommand[]): string {
  const functions = commands.map((command) => {
    const options = command.options.map((option) => `    ${zshOption(option)} \\\n`).join('');
    const children = childrenOf(commands, command);
    return children.length === 0 ? zshLeaf(command, options) : zshParent(command, options, children);
  });
  return `#compdef platter\n# zsh completion for platter; made from the program's own list of commands.\n\n${functions.join('\n')}\n_platter "$@"\n`;
}

function fishLine(condition: string, { words: names, description, takesValue }: Choice): string {
  const forms = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  return `complete -c platter -n ${quote(condition)} ${forms.join(' ')}${takesValue ? ' -x' : ''} -d ${quote(description)}`;
}

function fish(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap((command) => {
    const below = command.children.length > 0 ? [`not __fish_seen_subcommand_from ${command.children.join(' ')}`] : [];
    const above = command.path.length === 0 ? [] : [`__fish_seen_subcommand_from ${command.path.at(-1) ?? ''}`];
    const condition = [...above, ...below].join('; and ');
    const children = childrenOf(commands, command).map(
      ({ path, description }) => `complete -c platter -f -n ${quote(condition)} -a ${quote(path.at(-1) ?? '')} -d ${quote(description)}`,
    );
    return [...children, ...command.options.map((option) => fishLine(condition, option))];
  });
  return `# fish completion for platter; made from the program's own list of commands.\n${lines.join('\n')}\n`;
}
