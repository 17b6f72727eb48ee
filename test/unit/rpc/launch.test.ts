/** How a helper is started and what its end means. */
import { describe, expect, test } from 'vitest';
import { DetailLines } from '../../../electron/helper/detail-lines.ts';
import { findHelper, helperCandidates, INSTALLED_FOLDER } from '../../../electron/helper/helper-paths.ts';
import { explainEnd, planLaunch, type HelperEnd, type HelperMode } from '../../../electron/helper/launch.ts';

const files = { node: '/lib/node', script: '/lib/helper.js', launcher: null };

describe('a launch', () => {
  test('without rights', () => {
    expect(planLaunch({ kind: 'view' }, files)).toMatchObject({ program: '/lib/node', parameters: ['/lib/helper.js', '--view'] });
  });

  test('as root says on whose behalf', () => {
    const launch = planLaunch({ kind: 'direct' }, files);
    expect(launch).toMatchObject({ program: '/lib/node', parameters: ['/lib/helper.js', '--stdio'], environment: { PKEXEC_UID: '0' } });
  });

  test('by pkexec goes through the launcher where there is one', () => {
    expect(planLaunch({ kind: 'pkexec' }, files)).toMatchObject({
      program: 'pkexec',
      parameters: ['--disable-internal-agent', '/lib/node', '/lib/helper.js', '--stdio'],
    });
    expect(planLaunch({ kind: 'pkexec' }, { ...files, launcher: '/lib/platter-helper' }).parameters).toStrictEqual([
      '--disable-internal-agent',
      '/lib/platter-helper',
      '--stdio',
    ]);
  });

  test.each(['view', 'direct', 'pkexec'] as const)('%s passes nothing of the environment on', (kind) => {
    process.env['NODE_OPTIONS_TEST'] = 'x';
    expect(Object.keys(planLaunch({ kind }, files).environment)).toStrictEqual(
      kind === 'direct' ? ['PATH', 'LANG', 'PKEXEC_UID'] : ['PATH', 'LANG'],
    );
    delete process.env['NODE_OPTIONS_TEST'];
  });
});

describe('an end before the first word', () => {
  const pkexec: HelperMode = { kind: 'pkexec' };
  const end = (facts: Partial<HelperEnd>): HelperEnd => ({ status: null, signal: null, errorCode: null, details: '', ...facts });

  test.each([
    ['a closed dialog', pkexec, end({ status: 126, details: 'Error executing command as another user: Request dismissed' }), 'dismissed'],
    ['a wrong password', pkexec, end({ status: 127, details: 'Error executing command as another user: Not authorized' }), 'denied'],
    [
      'nobody to ask',
      pkexec,
      end({ status: 127, details: 'Error executing command as another user: No authentication agent found.' }),
      'no-agent',
    ],
    [
      'no terminal to ask on',
      pkexec,
      end({ status: 127, details: 'Error creating textual authentication agent: Error opening current controlling terminal' }),
      'no-agent',
    ],
    ['a pkexec that is not set-user-ID', pkexec, end({ status: 127, details: 'pkexec must be setuid root' }), 'no-pkexec'],
    [
      'a missing helper',
      pkexec,
      end({ status: 127, details: 'Error accessing /usr/lib/platter/helper/platter-helper: No such file or directory' }),
      'not-installed',
    ],
    [
      'a runtime that the launcher cannot execute',
      pkexec,
      end({ status: 126, details: 'setpriv: failed to execute /usr/lib/platter/helper/node: Exec format error' }),
      'broken',
    ],
    [
      'a runtime that pkexec cannot execute',
      pkexec,
      end({ status: 127, details: 'Error executing /opt/node: Exec format error' }),
      'broken',
    ],
    ['a missing pkexec', pkexec, end({ errorCode: 'ENOENT' }), 'no-pkexec'],
    ['a missing runtime', { kind: 'view' }, end({ errorCode: 'ENOENT' }), 'not-installed'],
    ['a runtime that may not be run', { kind: 'direct' }, end({ errorCode: 'EACCES' }), 'not-installed'],
    ['a runtime for another machine', { kind: 'view' }, end({ errorCode: 'ENOEXEC' }), 'broken'],
    ['a start that was refused', pkexec, end({ status: 77 }), 'broken'],
    ['a kill', pkexec, end({ signal: 'SIGKILL' }), 'broken'],
    ['126 without pkexec', { kind: 'direct' }, end({ status: 126 }), 'broken'],
    ['127 without pkexec', { kind: 'view' }, end({ status: 127 }), 'broken'],
  ] as const)('by %s', (_name, mode, facts, kind) => {
    expect(explainEnd(mode, facts)).toMatchObject({ kind, details: facts.details });
  });
});

describe('the helper of a program', () => {
  const installed = `${INSTALLED_FOLDER}/helper.js`;

  test('that runs from sources is the source', () => {
    expect(helperCandidates('/home/u/platter/electron/helper/helper-paths.ts').map(({ node, script }) => [node, script])).toStrictEqual([
      ['/home/u/platter/node_modules/node/bin/node', '/home/u/platter/native-helper/main.ts'],
    ]);
  });

  test.each(['main', 'server'])('that was built into dist/%s lies beside it, else it is the installed one', (program) => {
    expect(helperCandidates(`/home/u/platter/dist/${program}/${program}.js`).map(({ script }) => script)).toStrictEqual([
      '/home/u/platter/dist/helper/helper.js',
      installed,
    ]);
  });

  test('in a package is the installed one', () => {
    expect(helperCandidates('/usr/lib/platter/cli/platter.js').map(({ script }) => script)).toStrictEqual([installed]);
  });

  test('beside a packed window is the one of an AppImage, else the installed one; only of an AppImage is it bundled', () => {
    const candidates = helperCandidates('/tmp/.mount_x/resources/app.asar/dist/main/main.js');
    expect(candidates.map(({ script, isBundled }) => [script, isBundled])).toStrictEqual([
      ['/tmp/.mount_x/resources/platter/helper/helper.js', true],
      [installed, undefined],
    ]);
  });

  test('is found in this checkout', () => {
    expect(findHelper()?.script).toMatch(/\/native-helper\/main\.ts$/u);
  });
});

describe('the last words of a helper', () => {
  test('are whole lines of the end', () => {
    const details = new DetailLines();
    details.add(Buffer.from(`${'x'.repeat(10_000)}\nlast `));
    details.add(Buffer.from('line\n'));
    expect(details.text).toBe('last line');
  });

  test('keep characters that came in pieces', () => {
    const details = new DetailLines();
    for (const byte of Buffer.from('é\n')) details.add(Uint8Array.of(byte));
    expect(details.text).toBe('é');
  });
});
