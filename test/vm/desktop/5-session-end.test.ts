/** What becomes of a mounted image when its owner logs out, and when the machine goes to sleep (ARCHITECTURE.md, A real kernel, a real desktop). */
import { afterEach, expect, test } from 'vitest';
import { desktopUsers } from '../desktop-disk.ts';
import { asRoot, asSession, bringToFront, census, makeImage, rootOutput, succeeded, uidOf } from './people.ts';

const { active } = desktopUsers;

afterEach(() => expect(census()).toEqual([]));

test('logging out takes nothing away: the image stays mounted, and the next session takes it off unasked', () => {
  makeImage(active, 'logout.img', 'Logout');
  succeeded(asSession(active, 'platter mount logout.img'));
  const sessions = `loginctl list-sessions --no-legend | awk '$3 == "${active}" && $4 == "seat0" { print $1 }'`;
  const before = rootOutput(sessions);
  // The console logs in again by itself.
  rootOutput(`
    loginctl terminate-user ${active}
    until now=$(${sessions}) && [ -n "$now" ] && [ "$now" != ${before} ] && [ -S /run/user/${uidOf(active)}/bus ]; do sleep 0.2; done`);
  bringToFront(active);
  expect(rootOutput(sessions)).not.toBe(before);
  expect(asSession(active, `cat /run/media/${active}/Logout/file`).stdout).toBe('hello\n');
  succeeded(asSession(active, 'platter unmount logout.img'));
});

test('after a sleep the image is as it was, and what was written before is in its file', () => {
  const path = makeImage(active, 'sleep.img', 'Sleep');
  succeeded(asSession(active, 'platter mount sleep.img'));
  const place = `/run/media/${active}/Sleep`;
  rootOutput(`echo before > ${place}/written`);
  // Everything is written out first, so that a battery that runs out costs nothing: read past the mount, from the file. The kernel's own test
  // of that, which stops all programs for five seconds: nothing wakes this machine from a real sleep.
  rootOutput('echo freezer > /sys/power/pm_test; echo freeze > /sys/power/state; echo none > /sys/power/pm_test');
  expect(rootOutput(`cp ${path} /tmp/asleep.img; debugfs -R 'cat /written' /tmp/asleep.img; rm /tmp/asleep.img`)).toBe('before');
  expect(asSession(active, `cat ${place}/written`).stdout).toBe('before\n');
  expect(asRoot(`echo after > ${place}/written && cat ${place}/written`).stdout).toBe('after\n');
  succeeded(asSession(active, 'platter unmount sleep.img'));
});
