import { expect, test } from 'vitest';
import { Mailbox } from '../../../electron/hosts/mailbox.ts';

test('what came before anybody took it comes first, in its order, and once', () => {
  const mailbox = new Mailbox<number>();
  const taken: number[] = [];
  mailbox.add(1);
  mailbox.add(2);
  mailbox.take((item) => taken.push(item));
  mailbox.add(3);
  expect(taken).toEqual([1, 2, 3]);
});
