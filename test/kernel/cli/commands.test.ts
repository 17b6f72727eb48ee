/** The other commands of `platter` as a user runs them: the built program, the real helper, real loop devices. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectNode } from '../../../build/bootstrap.mjs';
import { isBound } from '../../../native-helper/linux/sysfs.ts';
import { useLoopFixture } from '../loop-fixture.ts';
import { commandsIn, errorOf, type JsonDevice } from './commands-fixture.ts';
import { installForEverybody, losetup, platter, platterScript } from './command.ts';

const fixture = useLoopFixture();
const { run, json, attach, show } = commandsIn(fixture);
const MIB = 1024 * 1024;

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

  test('show tells what is wrong with a device, until it no longer is', () => {
    const image = fixture.makeImage('disk.img', 8 * MIB);
    execFileSync('mkfs.ext4', ['-q', '-F', String(image)]);
    const { node, number } = attach('disk.img');
    expect(show(node).warnings).toEqual([]);
    truncateSync(image, 4 * MIB);
    expect(show(node)).toMatchObject({ warnings: [{ kind: 'file-shrank', fileBytes: String(4 * MIB) }], contents: [{ type: 'ext4' }] });
    expect(run('show', node).stdout).toContain(`Warning  The file is shorter than the device: ${4 * MIB} bytes.`);
    truncateSync(image, 8 * MIB);
    expect(show(node).warnings).toEqual([]);
    copyFileSync(image, join(fixture.folder, 'copy.img'));
    const copy = attach('copy.img', '-r');
    const twin = attach('copy.img', '-r', '--again');
    expect(show(node).warnings).toEqual([{ kind: 'same-uuid', nodes: expect.arrayContaining([`loop${copy.number}`]) as unknown }]);
    expect(show(copy.node).warnings).toMatchObject([
      { kind: 'attached-twice', numbers: [twin.number], writable: false },
      { kind: 'same-uuid', nodes: expect.arrayContaining([`loop${number}`]) as unknown },
    ]);
    rmSync(image);
    expect(show(node).warnings?.map(({ kind }) => kind)).toContain('deleted');
  });

  test('show tells that a mounted file system has met errors', () => {
    execFileSync('mkfs.ext4', ['-q', '-F', String(fixture.makeImage('disk.img', 8 * MIB))]);
    const { node, number } = attach('disk.img');
    const place = join(fixture.folder, 'place');
    mkdirSync(place);
    execFileSync('mount', ['-o', 'errors=continue', node, place]);
    try {
      expect(show(node).warnings).toEqual([]);
      writeFileSync(`/sys/fs/ext4/loop${number}/trigger_fs_error`, 'as a test');
      expect(show(node).warnings).toEqual([{ kind: 'file-system-errors', mountPoints: [place] }]);
      expect(run('show', node).stdout).toContain(`Warning  The file system at ${place} has met errors, now or earlier,`);
    } finally {
      execFileSync('umount', [place]);
    }
  });

  test('the list without rights has everything but what only root may know', () => {
    const image = fixture.makeImage('disk.img', MIB);
    const { node, number } = attach('disk.img');
    const program = installForEverybody(fixture.folder);
    const { stdout, stderr, status } = platter(['list', '--json'], { asNobody: true, program });
    expect([status, stderr]).toEqual([0, '']);
    const { devices } = JSON.parse(stdout) as { devices: JsonDevice[] };
    const { contents: _contents, warnings: _warnings, ...known } = show(node);
    expect(devices.find((device) => device.number === number)).toEqual({
      ...known,
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

  test('on a terminal the table fits into it and has colours; elsewhere names are whole and plain', () => {
    fixture.makeImage('L'.repeat(200), MIB);
    const { node } = attach('L'.repeat(200));
    const onTerminal = (environment: NodeJS.ProcessEnv): string[] => {
      const { stdout } = spawnSync('script', ['-qec', `${projectNode} ${platterScript} list`, '/dev/null'], {
        env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', TERM: 'xterm', COLUMNS: '60', ...environment },
        stdio: ['ignore', 'pipe', 'ignore'],
        encoding: 'utf8',
      });
      return stdout.replaceAll('\r', '').split('\n');
    };
    const coloured = onTerminal({});
    expect(coloured[0]).toContain('\u001b[1m');
    const plain = onTerminal({ NO_COLOR: '1' });
    expect(plain.join('')).not.toContain('\u001b');
    const row = plain.find((line) => line.startsWith(`${node} `)) ?? '';
    expect(row).toContain('…');
    expect(plain.filter((line) => line.length > 60)).toEqual([]);
    const piped = platter(['list'], { environment: { COLUMNS: '60', TERM: 'xterm' } }).stdout;
    expect(piped).toContain('L'.repeat(200));
    expect(piped).not.toContain('\u001b');
  });

  test('the result does not depend on the folder it is asked from', () => {
    const image = fixture.makeImage('disk.img', MIB);
    const { node } = attach('disk.img');
    writeFileSync(join(fixture.folder, 'other.img'), '');
    renameSync(image, join(fixture.folder, 'moved.img'));
    expect(platter(['show', join(fixture.folder, 'moved.img'), '--json']).stdout).toBe(run('show', node, '--json').stdout);
  });

  test('a device without a size is listed, too', () => {
    fixture.makeImage('disk.img', MIB);
    const { node } = attach('disk.img');
    truncateSync(join(fixture.folder, 'disk.img'), 100);
    run('capacity', node);
    const { devices, unboundNumbers } = json<{ devices: JsonDevice[]; unboundNumbers: number[] }>('list');
    const device = devices.find((candidate) => candidate.node === node);
    expect([device?.sizeBytes, unboundNumbers.includes(device?.number ?? -1)]).toEqual(['0', false]);
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
    for (const command of [
      'list',
      'show',
      'watch',
      'attach',
      'detach',
      'mount',
      'unmount',
      'resize',
      'trim',
      'set',
      'partition',
      'nodes',
    ]) {
      expect(run(command, '--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('Example') as string });
    }
  });
});
