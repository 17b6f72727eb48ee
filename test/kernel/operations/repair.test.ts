import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { closeDescriptor } from '../../../native-helper/linux/descriptors.ts';
import { loopConfigure } from '../../../native-helper/linux/loop-device.ts';
import { isBound } from '../../../native-helper/linux/sysfs.ts';
import { isLoopEvent, openUeventSocket, receiveUevents } from '../../../native-helper/linux/uevents.ts';
import { repairUevents } from '../../../native-helper/operations/free-device.ts';
import { errnoOf, useLoopFixture, waitFor } from '../loop-fixture.ts';

const loop = useLoopFixture();

test('a device whose LOOP_CONFIGURE was refused gets its uevents back', async () => {
  const number = loop.addNode();
  const uevents = openUeventSocket();
  /** Asks the kernel for an event with a name of its own; true when it comes. What comes before it is dropped. */
  const isHeard = (mark: string): boolean => {
    writeFileSync(`/sys/block/loop${number}/uevent`, `change 00000000-0000-0000-0000-000000000000 MARK=${mark}`);
    return receiveUevents(uevents).events.some(
      (event) => isLoopEvent(event)?.number === number && event.variables.get('SYNTH_ARG_MARK') === mark,
    );
  };
  try {
    expect(isHeard('BEFORE')).toBe(true);
    const fd = loop.openDevice(number);
    const refused = {
      backingFd: loop.open(loop.makeImage('image.img', 1_048_576)),
      logicalBlockSizeBytes: 7,
      flags: 0,
      offsetBytes: 0n,
      sizeLimitBytes: 0n,
      reference: new Uint8Array(0),
    };
    expect(await errnoOf(() => loopConfigure(fd, refused))).toBe('EINVAL');
    // Kernels that check first (6.1) lose nothing; either way it has to work afterwards.
    isHeard('REFUSED');
    await repairUevents(fd);
    loop.close(fd);
    await waitFor('the repair to be over', () => !isBound(number));
    expect(isHeard('AFTER')).toBe(true);
  } finally {
    closeDescriptor(uevents);
  }
});

test('a device that somebody else has bound is left to him', async () => {
  const number = loop.addNode();
  const device = await loop.attach(loop.makeImage('theirs.img', 1_048_576), { number });
  const fd = loop.openDevice(number);
  await repairUevents(fd);
  loop.close(fd);
  expect(loop.census()).toEqual([device.number]);
});
