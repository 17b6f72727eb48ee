/**
 * First step of every npm script: `node build/bootstrap.mjs TASK ARGUMENTS` installs what package-lock.json names when
 * that is missing, then runs build/TASK.ts with the project's own Node. Runs on Node 18 and newer with no node_modules,
 * hence plain JavaScript with its types in comments.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The checkout's folder, without a slash at the end. */
export const projectRoot = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

/** The Node that runs everything here: the dev dependency `node`, pinned by package-lock.json. */
export const projectNode = join(projectRoot, 'node_modules/node/bin/node');

/** Type stripping without a flag needs at least this version. */
const oldestUsableNode = 24;

/** NODE_ENV=production would leave the development tools out; warnings about the caller's Node are void, as it does not run them. */
const quietly = ['--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];

/** Runs the installation where the caller's Node is too old for that. */
const setupNpm = '11.19.1';

const stamp = join(projectRoot, 'node_modules/.platter-lock');

/** @param {string} message */
function say(message) {
  process.stdout.write(`${message}\n`);
}

/**
 * Ends the process with one line for a person.
 * @param {string} message
 * @returns {never}
 */
function giveUp(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} folder
 * @returns {boolean} whether it ended with status 0
 */
function succeeds(command, args, folder) {
  return spawnSync(command, args, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
}

/** npm as it runs us, so that `npm test` installs with the npm the caller chose; otherwise the one in PATH. */
function npmCommand() {
  const path = process.env['npm_execpath'];
  return path !== undefined && basename(path) === 'npm-cli.js' ? [process.execPath, path] : ['npm'];
}

/** npm leaves out optional packages, native parts of the tools among them, whose `engines` do not name the Node that runs it. */
function canInstallTools() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19);
}

/**
 * @param {readonly string[]} npm
 * @returns {boolean} whether npm ci succeeded
 */
function cleanInstall([command = 'npm', ...prefix]) {
  return succeeds(command, [...prefix, 'ci', ...quietly], projectRoot);
}

/** For an older Node, such as Debian 12's: npm ci with the project's Node and its npm, fetched into a folder of their own first. */
function cleanInstallWithNewerNode() {
  const text = readFileSync(join(projectRoot, 'package-lock.json'), 'utf8');
  const lock = /** @type {{ packages: Record<string, { version: string }> }} */ (JSON.parse(text));
  const folder = mkdtempSync(join(projectRoot, '.setup-'));
  try {
    const setup = {
      private: true,
      dependencies: { node: lock.packages['node_modules/node']?.version, npm: setupNpm },
      allowScripts: { node: true },
    };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(setup));
    const [command = 'npm', ...prefix] = npmCommand();
    if (!succeeds(command, [...prefix, 'install', ...quietly, '--no-package-lock'], folder)) return false;
    return cleanInstall([join(folder, 'node_modules/node/bin/node'), join(folder, 'node_modules/npm/bin/npm-cli.js')]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Installs the npm packages when they are missing or package-lock.json changed since; says one line when it does. */
export function ensureDependencies() {
  const lockFile = join(projectRoot, 'package-lock.json');
  const wanted = createHash('sha256').update(readFileSync(lockFile)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;

  // npm's own record, newer than the lock file: somebody ran `npm ci` by hand.
  const npmRecord = join(projectRoot, 'node_modules/.package-lock.json');
  const installedByHand = existsSync(npmRecord) && statSync(npmRecord).mtimeMs >= statSync(lockFile).mtimeMs;
  if (!installedByHand) {
    say('Installing the npm packages of package-lock.json (npm ci) …');
    const installed = canInstallTools() ? cleanInstall(npmCommand()) : cleanInstallWithNewerNode();
    if (!installed) giveUp('npm ci failed; see above.');
  }
  writeFileSync(stamp, wanted);
}

/** The project's Node; where install scripts are switched off its package is asked directly, and a new enough Node of the caller serves too. */
function findNode() {
  if (existsSync(projectNode)) return projectNode;
  const folder = join(projectRoot, 'node_modules/node');
  if (existsSync(folder)) succeeds(process.execPath, ['installArchSpecificPackage.js'], folder);
  if (existsSync(projectNode)) return projectNode;
  if (Number.parseInt(process.versions.node, 10) >= oldestUsableNode) return process.execPath;
  return giveUp(
    `Node ${oldestUsableNode} is needed: the npm package "node" could not be set up, and this is Node ${process.versions.node}.`,
  );
}

/**
 * Runs a program in the foreground with our input and output, passes signals on, and ends as it ends.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [environment]
 */
export function runInForeground(command, args, environment = process.env) {
  const child = spawn(command, args, { cwd: projectRoot, stdio: 'inherit', env: environment });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      // A terminal sends ^C to the whole foreground group: the child has it already.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('error', (error) => giveUp(`${command}: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/**
 * Runs a script of the project with the project's Node, whose folder also comes first in PATH.
 * @param {string} script relative to the project
 * @param {readonly string[]} args
 */
export function runWithProjectNode(script, args) {
  const node = findNode();
  runInForeground(node, [join(projectRoot, script), ...args], {
    ...process.env,
    // Where the caller stood: npm says so itself; files named as arguments are relative to it.
    INIT_CWD: process.env['INIT_CWD'] ?? process.cwd(),
    PATH: `${join(node, '..')}:${process.env['PATH'] ?? ''}`,
  });
}

const [program = '', task, ...taskArguments] = process.argv.slice(1);
if (existsSync(program) && realpathSync(program) === fileURLToPath(import.meta.url)) {
  const script = `build/${task ?? ''}.ts`;
  if (task === undefined || !/^[a-z]+$/.test(task) || !existsSync(join(projectRoot, script))) {
    giveUp('Usage: node build/bootstrap.mjs start|test|bench|vm|build|lint|format|typecheck|package [ARGUMENTS]');
  }
  ensureDependencies();
  runWithProjectNode(script, taskArguments);
}
