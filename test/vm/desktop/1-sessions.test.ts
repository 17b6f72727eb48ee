/** Who may do what: real systemd, logind, polkit, pkexec, launcher and helper, as the package installs them. */
import { afterEach, describe, expect, test } from 'vitest';
import { desktopUsers } from '../desktop-disk.ts';
import {
  asRemote,
  asRoot,
  asService,
  asSession,
  bringToFront,
  census,
  errorCode,
  makeImage,
  parsed,
  rootOutput,
  succeeded,
  type Finished,
} from './people.ts';

const { active, background, absent } = desktopUsers;

afterEach(() => expect(census()).toEqual([]));

interface MountOutput {
  readonly device: { readonly node: string; readonly number: number };
  readonly results: readonly { readonly mountPoint: { readonly text: string }; readonly readOnly: boolean }[];
}

test('what the package installs is root’s, and polkit knows its actions', () => {
  expect(rootOutput('find /usr/lib/platter /opt/Platter \\( ! -user root -o -perm /022 \\) ! -type l')).toBe('');
  expect(rootOutput('pkaction --verbose --action-id org.platter.helper.run')).toMatch(/implicit active:\s+yes/u);
  expect(rootOutput('pkaction | grep -c ^org.platter.')).toBe(
    rootOutput('grep -c "<action id" /usr/share/polkit-1/actions/org.platter.policy'),
  );
  expect(asSession(active, 'platter --version').stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/u);
});

test('whoever sits at the machine opens an image without a password, for himself alone', () => {
  makeImage(active, 'holiday.img', 'Holiday');
  const { device, results } = parsed<MountOutput>(asSession(active, 'platter mount holiday.img --json'));
  expect(results.map(({ mountPoint }) => mountPoint.text)).toEqual([`/run/media/${active}/Holiday`]);
  expect(asSession(active, `cat /run/media/${active}/Holiday/file`).stdout).toBe('hello\n');
  expect(asService(absent, `cat /run/media/${active}/Holiday/file`).status).not.toBe(0);
  expect(rootOutput(`findmnt -no OPTIONS /run/media/${active}/Holiday`).split(',')).toEqual(expect.arrayContaining(['nosuid', 'nodev']));
  // Somebody else's image is not his to take away, unasked.
  expect(errorCode(asService(absent, `platter unmount ${device.node} --json`))).not.toBe('none');
  expect(asSession(active, `cat /run/media/${active}/Holiday/file`).stdout).toBe('hello\n');
  succeeded(asSession(active, 'platter unmount holiday.img'));
});

describe('is refused, with nobody there to ask', () => {
  const cases: readonly (readonly [who: string, user: string, run: (user: string, command: string) => Finished])[] = [
    ['a session behind another one', background, asSession],
    ['a service with the name of who sits at the machine', active, asService],
    ['a service of another user', absent, asService],
    ['a login from far away', absent, asRemote],
  ];

  test.each(cases)('%s', (_who, user, runAs) => {
    makeImage(user, 'refused.img', 'Refused');
    const outcome = runAs(user, 'platter mount refused.img --json');
    expect([errorCode(outcome), census()]).toEqual(['ELEVATION_NO_AGENT', []]);
    // Looking is free for all.
    expect(runAs(user, 'platter list --json').status).toBe(0);
  });
});

test('a login from far away is asked on its terminal', () => {
  makeImage(absent, 'asked.img', 'Asked');
  // By ssh, so that there is a session, and on a terminal of its own. Nobody types: it is ended as soon as it has asked.
  const { stdout } = asRemote(
    absent,
    `script -qefc 'platter mount asked.img' asked.log </dev/null >/dev/null 2>&1 &
    until grep -q 'Authenticating as' asked.log; do sleep 0.2; done
    kill $!; cat asked.log`,
  );
  expect(stdout).toMatch(/authenticat/iu);
  expect(stdout).toContain(desktopUsers.administrator);
});

test('rights follow whoever is in front', () => {
  makeImage(active, 'mine.img', 'Mine');
  makeImage(background, 'other.img', 'Other');
  bringToFront(background);
  try {
    expect(errorCode(asSession(active, 'platter mount mine.img --json'))).toBe('ELEVATION_NO_AGENT');
    succeeded(asSession(background, 'platter mount other.img'));
    succeeded(asSession(background, 'platter unmount other.img'));
  } finally {
    bringToFront(active);
  }
  succeeded(asSession(active, 'platter mount mine.img && platter unmount mine.img'));
});

test('another program than the helper gets no rights from its action, and no other user’s', () => {
  expect(asSession(active, 'pkexec --disable-internal-agent /usr/bin/id').status).toBe(127);
  const helper = '/usr/lib/platter/helper/platter-helper';
  expect(asSession(active, `pkexec --disable-internal-agent --user ${background} ${helper} --stdio`).status).toBe(127);
  expect(asSession(active, `pkexec --disable-internal-agent ${helper} --stdio --more`).status).not.toBe(0);
  expect(asRoot('pgrep -f helper.js').status).toBe(1);
});

test('a mounted ext4 grows under the launcher, for which it keeps CAP_SYS_RESOURCE', () => {
  makeImage(active, 'small.img', 'Small');
  const { device, results } = parsed<MountOutput>(asSession(active, 'platter mount small.img --json'));
  const place = results[0]?.mountPoint.text ?? '';
  const sizeOf = (): number => Number(rootOutput(`stat -f -c '%b' '${place}'`));
  const before = sizeOf();
  const grown = asSession(active, `platter grow ${device.node} --by 16M`);
  expect([grown.status, grown.stderr]).toEqual([0, '']);
  expect(sizeOf()).toBeGreaterThan(before * 1.5);
  const launcher = '/usr/lib/platter/helper/platter-helper';
  rootOutput(`cp ${launcher} /run/launcher; sed -i 's/+sys_resource,//' ${launcher}`);
  try {
    const refused = asSession(active, `platter grow ${device.node} --by 16M`);
    expect([refused.status === 0, sizeOf() < before * 2.5]).toEqual([false, true]);
  } finally {
    rootOutput(`cp /run/launcher ${launcher}`);
  }
  succeeded(asSession(active, `platter unmount ${device.node}`));
});
