import { expect, test } from 'vitest';
import { isApprovedAsAWhole } from '../../../native-helper/authorization/checkout.ts';

const inCheckout = 'file:///home/maria/platter/dist/helper/helper.js';
const having =
  (...paths: readonly string[]) =>
  (path: string): boolean =>
    paths.includes(path);

test('a checkout on a machine without Platter was approved when pkexec started it', () => {
  expect(isApprovedAsAWhole(inCheckout, having())).toBe(true);
});

test.each([
  ['the installed helper', 'file:///usr/lib/platter/helper/helper.js', having()],
  ['a checkout where the policy is installed', inCheckout, having('/usr/share/polkit-1/actions/org.platter.policy')],
  ['a checkout where an administrator has put the policy', inCheckout, having('/etc/polkit-1/actions/org.platter.policy')],
  ['a helper reached by another name where one is installed', inCheckout, having('/usr/lib/platter/')],
  ['a program that is no file', 'data:text/javascript,', having()],
])('%s asks for each action', (_name, url, exists) => {
  expect(isApprovedAsAWhole(url, exists)).toBe(false);
});
