/** An answer on a real terminal: script(1) gives one to a process of its own. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const module = fileURLToPath(new URL('../../../electron/cli/losetup/change.ts', import.meta.url));

/** What `platter losetup -D` makes of a line that is typed only after the question is there. */
async function answer(line: string): Promise<string> {
  const code = `import { confirmDetachAll } from '${module}'; console.log('result ' + confirmDetachAll([{ number: 7 }, { number: 9 }]));`;
  const command = `${process.execPath} --input-type=module -e "${code}"`;
  const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => {
    const wasAsked = said.includes('[y/N]');
    said += bytes.toString();
    if (!wasAsked && said.includes('[y/N]')) setTimeout(() => child.stdin.write(`${line}\n`), 100);
  });
  await new Promise((resolve) => void child.once('close', resolve));
  return said;
}

test.each([
  ['y', true],
  ['yes', true],
  ['', false],
  ['n', false],
])('%j', async (line, expected) => {
  const said = await answer(line);
  expect(said).toContain('Detach /dev/loop7 /dev/loop9? [y/N] ');
  expect(said).toContain(`result ${expected}`);
});
