/** Attaching and detaching as a user does it: the built program, the real helper, real loop devices. */
import { closeSync, openSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isBound } from '../../../native-helper/linux/sysfs.ts';
import { useLoopFixture, waitFor } from '../loop-fixture.ts';
import { commandsIn, errorOf, type JsonDevice } from './commands-fixture.ts';
import { hostileNames } from './command.ts';

const fixture = useLoopFixture();
const { run, json, attach, show } = commandsIn(fixture);
const MIB = 1024 * 1024;

test('files with hostile names are attached, listed as valid JSON with their exact bytes, shown, and detached by name', () => {
  const images = hostileNames.map(([, name]) => fixture.makeImage(name, MIB));
  const { results } = json<{ results: { device: JsonDevice }[] }>('attach', ...images);
  const numbers = results.map(({ device }) => fixture.adopt(device.number).number);
  expect(numbers).toHaveLength(images.length);
  const { devices } = json<{ devices: JsonDevice[] }>('list');
  const names = numbers.map((number) => {
    const file = devices.find((device) => device.number === number)?.backingFile;
    return Buffer.from(file?.base64 ?? Buffer.from(file?.text ?? '').toString('base64'), 'base64');
  });
  const suffix = Buffer.from(' (deleted)');
  const expected = images.map((image) => (suffix.equals(image.subarray(-suffix.length)) ? image.subarray(0, -suffix.length) : image));
  expect(names).toEqual(expected);
  const lines = run('list').stdout.split('\n');
  for (const number of numbers) {
    const [line = '', ...others] = lines.filter((candidate) => candidate.startsWith(`/dev/loop${number} `));
    expect(others).toEqual([]);
    // No control character, and no mark that turns the direction of text, reaches the terminal.
    expect(Buffer.from(line, 'latin1').toString()).toMatch(/^[^\p{Cc}\u200f\u202e]+$/u);
  }
  expect(run('detach', ...images)).toMatchObject({ status: 0, stderr: '' });
  expect(numbers.filter((number) => isBound(number))).toEqual([]);
});

describe('attach', () => {
  test('takes every option', () => {
    fixture.makeImage('disk.img', 4 * MIB);
    const options = ['-r', '-o', '1MiB', '--size-limit', '2M', '-b', '4096', '-P', '--reference', 'backup'];
    expect(attach('disk.img', ...options)).toMatchObject({
      readOnly: true,
      offsetBytes: '1048576',
      sizeLimitBytes: '2097152',
      sizeBytes: '2097152',
      logicalBlockSizeBytes: 4096,
      partitionScan: true,
      reference: { text: 'backup' },
    });
  });

  test('names the device that has the file already, and refuses where asked to', () => {
    fixture.makeImage('disk.img', MIB);
    const device = attach('disk.img');
    expect(run('attach', 'disk.img').stdout).toBe(`${device.node}: disk.img was attached already\n`);
    const refused = run('attach', 'disk.img', '--no-reuse', '--json');
    expect([refused.status, refused.stdout, errorOf(refused).code]).toEqual([1, '{"results":[]}\n', 'IMAGE_OVERLAPS']);
    expect(errorOf(refused).message).toContain(device.node);
  });

  test('--again attaches a second time what is read-only', () => {
    fixture.makeImage('disk.img', MIB);
    expect(attach('-r', 'disk.img').number).not.toBe(attach('-r', '--again', 'disk.img').number);
  });

  test.each([
    ['status64', '--legacy', '4096'],
    ['status', '--legacy=status', '4096'],
  ])('--legacy with LOOP_SET_%s attaches as loop(4) has it', (_call, option, offset) => {
    fixture.makeImage('disk.img', MIB);
    expect(attach('disk.img', option, '-o', offset, '--reference', 'old')).toMatchObject({
      offsetBytes: offset,
      reference: { text: 'old' },
    });
  });

  test('several files: the others are attached when one fails, and the status says so', () => {
    fixture.makeImage('a.img', MIB);
    fixture.makeImage('b.img', MIB);
    const outcome = run('attach', 'a.img', 'missing.img', 'b.img');
    for (const line of outcome.stdout.trim().split('\n')) fixture.adopt(Number(/loop(\d+)/u.exec(line)?.[1]));
    expect(outcome.status).toBe(1);
    expect(outcome.stdout.match(/attached/gu)).toHaveLength(2);
    expect(outcome.stderr).toContain('missing.img: There is no such file. [FILE_NOT_FOUND]\n  Nothing was changed.\n');
  });

  test('--quiet prints the device and nothing else', () => {
    fixture.makeImage('disk.img', MIB);
    const { stdout, stderr } = run('attach', '-q', 'disk.img');
    fixture.adopt(Number(/loop(\d+)/u.exec(stdout)?.[1]));
    expect(stdout).toMatch(/^\/dev\/loop\d+\n$/u);
    expect(stderr).toBe('');
  });

  test.each([
    ['/tmp', 'FILE_IS_FOLDER'],
    ['/dev/null', 'FILE_NOT_REGULAR'],
    ['/nothing/here', 'FILE_NOT_FOUND'],
    ['/proc/version', 'IMAGE_PSEUDO_FILE'],
  ])('refuses %s', (file, code) => {
    const outcome = run('attach', '--read-only', file, '--json');
    expect([outcome.status, errorOf(outcome).code, errorOf(outcome).subject]).toEqual([1, code, file]);
  });
});

describe('detach', () => {
  test('a device in use stays attached: status 4, and what to do', () => {
    fixture.makeImage('disk.img', MIB);
    const device = attach('disk.img');
    const descriptor = openSync(device.node, 'r');
    try {
      const outcome = run('detach', 'disk.img');
      expect(outcome.status).toBe(4);
      expect(outcome.stderr).toContain('[DEVICE_BUSY]\n  Nothing was changed.\n  Next: ');
      expect(isBound(device.number)).toBe(true);
    } finally {
      closeSync(descriptor);
    }
  });

  test('--when-free leaves it to the last user, --cancel takes that back', async () => {
    fixture.makeImage('disk.img', MIB);
    const device = attach('disk.img');
    const descriptors = [openSync(device.node, 'r'), openSync(device.node, 'r')];
    try {
      const waiting = run('detach', device.node, '--when-free');
      expect([waiting.status, waiting.stdout]).toEqual([4, expect.stringContaining(`${device.node}: in use; it detaches when it is free`)]);
      expect(run('detach', '--cancel', device.node)).toMatchObject({ status: 0, stdout: `${device.node}: stays attached\n` });
      expect(show(device.node).autoclear).toBe(false);

      expect(run('detach', device.node, '--when-free', '--json')).toMatchObject({
        status: 4,
        stdout: `{"results":[{"node":"${device.node}","state":"deferred"}]}\n`,
      });
    } finally {
      for (const descriptor of descriptors) closeSync(descriptor);
    }
    await waitFor('the last user to be gone', () => !isBound(device.number));
  });

  test('by number, by node, by reference name and by file', () => {
    fixture.makeImage('disk.img', MIB);
    const named = (device: JsonDevice): string[] => [String(device.number), `loop${device.number}`, device.node, 'disk.img', 'my-name'];
    for (const index of [0, 1, 2, 3, 4]) {
      const device = attach('disk.img', '--reference', 'my-name');
      expect(run('detach', named(device)[index] ?? '')).toMatchObject({ status: 0, stdout: `${device.node}: detached\n` });
    }
  });

  test('a name that fits several devices names them and changes nothing', () => {
    fixture.makeImage('disk.img', MIB);
    const devices = [attach('-r', 'disk.img'), attach('-r', '--again', 'disk.img')];
    const outcome = run('detach', 'disk.img');
    expect(outcome.status).toBe(2);
    for (const { node, number } of devices) {
      expect(outcome.stderr).toContain(node);
      expect(isBound(number)).toBe(true);
    }
  });

  test('names what is not attached', () => {
    fixture.makeImage('disk.img', MIB);
    expect(errorOf(run('detach', 'disk.img', '--json')).code).toBe('NOT_ATTACHED');
    expect(errorOf(run('detach', `loop${fixture.addNode()}`, '--json')).code).toBe('NOT_ATTACHED');
    expect(errorOf(run('detach', 'loop1048575', '--json')).code).toBe('NO_SUCH_DEVICE');
    expect(errorOf(run('detach', 'never-heard-of', '--json')).code).toBe('NO_SUCH_DEVICE');
  });
});
