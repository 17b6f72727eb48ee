/** The commands of `platter` as a user runs them: the built program, the real helper, real loop devices. */
import { closeSync, openSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isBound } from '../../../native-helper/linux/sysfs.ts';
import { useLoopFixture, waitFor } from '../loop-fixture.ts';
import { hostileNames, installForEverybody, losetup, platter, type Argument, type Outcome } from './command.ts';

const fixture = useLoopFixture();
const MIB = 1024 * 1024;

interface JsonDevice {
  readonly node: string;
  readonly number: number;
  readonly sizeBytes: string;
  readonly readOnly: boolean;
  readonly autoclear: boolean;
  readonly partitionScan: boolean;
  readonly directIo: boolean;
  readonly offsetBytes: string;
  readonly sizeLimitBytes: string;
  readonly logicalBlockSizeBytes: number;
  readonly backingFile: { readonly text: string; readonly base64: string | null };
  readonly identity: object | null;
  readonly reference: { readonly text: string } | null;
  readonly partitions: readonly { readonly number: number; readonly startBytes: string; readonly sizeBytes: string }[];
}

function run(...arguments_: Argument[]): Outcome {
  return platter(arguments_, { cwd: fixture.folder });
}

/** Output of a command that must succeed, as JSON. */
function json<T>(...arguments_: Argument[]): T {
  const { status, stdout, stderr } = run(...arguments_, '--json');
  expect([stderr, status]).toEqual(['', 0]);
  return JSON.parse(Buffer.from(stdout, 'latin1').toString()) as T;
}

function attach(...arguments_: Argument[]): JsonDevice {
  const { results } = json<{ results: { device: JsonDevice }[] }>('attach', ...arguments_);
  const device = results[0]?.device;
  if (device === undefined) throw new Error('nothing was attached');
  fixture.adopt(device.number);
  return device;
}

function show(device: string): JsonDevice {
  return json<JsonDevice>('show', device);
}

function errorOf({ stderr }: Outcome): {
  readonly code: string;
  readonly subject?: string;
  readonly message: string;
  readonly next: string | null;
} {
  return (JSON.parse(Buffer.from(stderr, 'latin1').toString()) as { error: ReturnType<typeof errorOf> }).error;
}

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

describe('changing', () => {
  test('set changes what it names and keeps the rest', () => {
    fixture.makeImage('disk.img', 4 * MIB);
    const device = attach('disk.img', '-o', '1M');
    const changes = ['--size-limit', '1M', '--partition-scan', '--reference', 'new', '-b', '4096'];
    expect(json<JsonDevice>('set', 'disk.img', ...changes)).toMatchObject({
      number: device.number,
      offsetBytes: '1048576',
      sizeBytes: '1048576',
      partitionScan: true,
      logicalBlockSizeBytes: 4096,
      reference: { text: 'new' },
    });
    expect(show(device.node).reference).toMatchObject({ text: 'new' });
  });

  test('set without a change is wrong usage', () => {
    expect(run('set', 'loop0').status).toBe(2);
  });

  test('capacity takes over the size of the file', () => {
    const image = fixture.makeImage('disk.img', MIB);
    const device = attach('disk.img');
    truncateSync(image, 3 * MIB);
    expect(run('capacity', 'disk.img')).toMatchObject({ status: 0, stdout: `${device.node}: 3 MiB (3145728 bytes)\n` });
    expect(show(device.node).sizeBytes).toBe(String(3 * MIB));
  });

  test('partition adds, resizes and deletes', () => {
    fixture.makeImage('disk.img', 8 * MIB);
    const { node } = attach('disk.img');
    expect(json<JsonDevice>('partition', node, 'add', '1', '1MiB', '2MiB').partitions).toMatchObject([
      { number: 1, startBytes: '1048576', sizeBytes: '2097152' },
    ]);
    expect(run('partition', node, 'resize', '1', '4M').stdout).toBe(`${node}: partition 1 resized\n`);
    expect(run('show', node).stdout).toContain(`${node}p1`);
    expect(show(node).partitions).toMatchObject([{ number: 1, sizeBytes: '4194304' }]);
    expect(json<JsonDevice>('partition', node, 'delete', '1').partitions).toEqual([]);
    expect(errorOf(run('partition', node, 'delete', '1', '--json')).code).toBe('NO_SUCH_PARTITION');
    expect(run('partition', node, 'add', '0', '1M', '1M').status).toBe(2);
    expect(run('partition', node, 'grow', '1', '1M').status).toBe(2);
  });

  test('rescan reads partitions where they are looked for', () => {
    fixture.makeImage('disk.img', MIB);
    const { node } = attach('disk.img');
    expect(errorOf(run('rescan', node, '--json')).code).toBe('PARTITION_SCAN_OFF');
    expect(run('set', node, '--partition-scan').status).toBe(0);
    expect(run('rescan', node)).toMatchObject({ status: 0, stdout: `${node}: 0 partitions\n` });
  });

  test('change puts another file of the same size behind a read-only device', () => {
    fixture.makeImage('old.img', MIB);
    fixture.makeImage('new.img', MIB);
    fixture.makeImage('short.img', MIB / 2);
    const { node } = attach('-r', 'old.img');
    const outcome = run('change', node, 'new.img', '--json');
    if (outcome.status !== 0) {
      expect(errorOf(outcome).code).toBe('UNSUPPORTED_BY_KERNEL');
      return;
    }
    expect(show(node).backingFile.text).toBe(join(fixture.folder, 'new.img'));
    expect(errorOf(run('change', node, 'short.img', '--json')).code).toBe('IMAGE_SIZE_DIFFERS');
  });

  test('a device that was attached anew under the same number is another device', () => {
    fixture.makeImage('a.img', MIB);
    fixture.makeImage('b.img', MIB);
    const first = attach('a.img');
    expect(run('detach', first.node).status).toBe(0);
    const second = attach('b.img', '--device', first.node);
    expect(second.number).toBe(first.number);
    expect(errorOf(run('detach', 'a.img', '--json')).code).toBe('NOT_ATTACHED');
  });
});

describe('nodes', () => {
  test('find-free names a device without a file', () => {
    const { node, number } = json<{ node: string; number: number }>('nodes', 'find-free');
    expect(node).toBe(`/dev/loop${number}`);
  });

  test('add makes and remove takes away', () => {
    const number = fixture.addNode();
    expect(run('nodes', 'remove', `loop${number}`)).toMatchObject({ status: 0, stdout: `/dev/loop${number}: removed\n` });
    expect(errorOf(run('nodes', 'remove', String(number), '--json')).code).toBe('NO_SUCH_DEVICE');
    expect(run('nodes', 'add', String(number)).stdout).toBe(`/dev/loop${number}\n`);
    expect(errorOf(run('nodes', 'add', String(number), '--json')).code).toBe('NODE_EXISTS');
  });

  test('an attached one is not removed: status 4', () => {
    fixture.makeImage('disk.img', MIB);
    const { node } = attach('disk.img');
    expect(run('nodes', 'remove', node).status).toBe(4);
  });
});

describe('looking', () => {
  test('show --kernel has every field of both structures', () => {
    fixture.makeImage('disk.img', MIB);
    const { node } = attach('disk.img', '-o', '512');
    const { kernelView } = json<{ kernelView: { status64: { name: string; value: string }[]; status: object[] } }>(
      'show',
      node,
      '--kernel',
    );
    expect(kernelView.status64.find(({ name }) => name === 'lo_offset')?.value).toBe('512');
    expect(kernelView.status64.map(({ name }) => name)).toContain('lo_crypt_name');
    expect(run('show', node, '--kernel').stdout).toContain('LOOP_GET_STATUS\n');
  });

  test('the list without rights has everything but what only root may know', () => {
    const image = fixture.makeImage('disk.img', MIB);
    const { node, number } = attach('disk.img');
    const program = installForEverybody(fixture.folder);
    const { stdout, stderr, status } = platter(['list', '--json'], { asNobody: true, program });
    expect([status, stderr]).toEqual([0, '']);
    const { devices } = JSON.parse(stdout) as { devices: JsonDevice[] };
    expect(devices.find((device) => device.number === number)).toEqual({
      ...show(node),
      identity: null,
      reference: null,
      ownership: 'unknown',
    });
    const shown = platter(['show', image], { asNobody: true, program });
    expect([shown.status, shown.stdout]).toEqual([0, expect.stringContaining('only root may know it')]);
  });

  test('acting without rights and without anybody to ask is status 3, and the device stays', () => {
    fixture.makeImage('disk.img', MIB);
    const { node, number } = attach('disk.img');
    const program = installForEverybody(fixture.folder);
    const outcome = platter(['detach', node, '--json'], { asNobody: true, program });
    expect(['HELPER_NOT_INSTALLED', 'ELEVATION_NO_AGENT', 'ELEVATION_DENIED', 'ELEVATION_NO_PKEXEC']).toContain(errorOf(outcome).code);
    expect(outcome.status).toBe(errorOf(outcome).code === 'HELPER_NOT_INSTALLED' ? 1 : 3);
    expect(isBound(number)).toBe(true);
  });

  test('tables fit into COLUMNS only on a terminal, and colours are for terminals', () => {
    fixture.makeImage('L'.repeat(200), MIB);
    attach('L'.repeat(200));
    const { stdout } = platter(['list'], { cwd: fixture.folder, environment: { COLUMNS: '60', TERM: 'xterm' } });
    expect(stdout).toContain('L'.repeat(200));
    expect(stdout).not.toContain('\u001b');
  });

  test('the result does not depend on the folder it is asked from', () => {
    const image = fixture.makeImage('disk.img', MIB);
    const { node } = attach('disk.img');
    writeFileSync(join(fixture.folder, 'other.img'), '');
    renameSync(image, join(fixture.folder, 'moved.img'));
    expect(platter(['show', join(fixture.folder, 'moved.img'), '--json']).stdout).toBe(run('show', node, '--json').stdout);
  });

  test('what is listed is what losetup lists, field by field', () => {
    fixture.makeImage('disk.img', 4 * MIB);
    const { node } = attach('-r', '-P', '-o', '4096', '--size-limit', '1M', 'disk.img');
    const theirs = JSON.parse(losetup(['-J', '-O', 'NAME,SIZELIMIT,OFFSET,AUTOCLEAR,RO,BACK-FILE,DIO,LOG-SEC,PARTSCAN', node]).stdout) as {
      loopdevices: object[];
    };
    const device = show(node);
    expect({
      name: device.node,
      sizelimit: Number(device.sizeLimitBytes),
      offset: Number(device.offsetBytes),
      autoclear: device.autoclear,
      ro: device.readOnly,
      'back-file': device.backingFile.text,
      dio: device.directIo,
      'log-sec': device.logicalBlockSizeBytes,
      partscan: device.partitionScan,
    }).toEqual(theirs.loopdevices[0]);
  });
});

describe('usage', () => {
  test.each([
    [[]],
    [['nonsense']],
    [['attach']],
    [['list', '--nonsense']],
    [['attach', '-o', 'x', 'f']],
    [['detach', '--cancel', '--when-free', '1']],
  ])('platter %j is status 2 and says what to do', (arguments_) => {
    const outcome = run(...arguments_);
    expect([outcome.status, outcome.stdout]).toEqual([2, '']);
    expect(outcome.stderr).toMatch(/platter|Usage/u);
  });

  test('help has examples and the exit statuses', () => {
    const { status, stdout } = run('--help');
    expect([status, stdout]).toEqual([0, expect.stringContaining('Examples:')]);
    expect(stdout).toContain('Exit status: 0 done, 1 failed, 2 wrong usage, 3 not authorized, 4 busy');
    for (const command of ['list', 'show', 'watch', 'attach', 'detach', 'set', 'partition', 'nodes']) {
      expect(run(command, '--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('Example') as string });
    }
  });
});
