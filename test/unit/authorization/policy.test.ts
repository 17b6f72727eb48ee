import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { helperMethods, type Authorization, type PolkitAction } from '../../../native-helper/protocol/methods.ts';

const build = new URL('../../../build/', import.meta.url);
const policy = readFileSync(new URL('polkit/org.platter.policy', build), 'utf8');

/** SECURITY.md (b): any, inactive, active. */
const defaults: Readonly<Record<PolkitAction | 'helper.run', string>> = {
  'helper.run': 'auth_admin auth_admin yes',
  'loop-setup': 'auth_admin auth_admin yes',
  'loop-setup-special': 'auth_admin auth_admin auth_admin',
  'loop-modify-others': 'auth_admin auth_admin auth_admin_keep',
  'loop-delete-others': 'auth_admin auth_admin auth_admin_keep',
  'loop-nodes': 'auth_admin auth_admin auth_admin_keep',
  'filesystem-mount': 'auth_admin auth_admin yes',
  'filesystem-mount-uncommon': 'auth_admin auth_admin auth_admin_keep',
  'filesystem-mount-others': 'auth_admin auth_admin auth_admin_keep',
  'filesystem-unmount-others': 'auth_admin auth_admin auth_admin_keep',
  'holders-close-others': 'auth_admin auth_admin auth_admin',
};

test('the policy has exactly the actions of the design with their defaults', () => {
  const actions = policy.split('<action id="org.platter.').slice(1);
  const found = actions.map((text) => {
    const allow = (who: string): string => new RegExp(`<allow_${who}>(.*)</allow_${who}>`, 'u').exec(text)?.[1] ?? 'missing';
    return [text.slice(0, text.indexOf('"')), `${allow('any')} ${allow('inactive')} ${allow('active')}`];
  });
  expect(Object.fromEntries(found)).toEqual(defaults);
});

test('every question a method can ask has its action', () => {
  const asked = Object.values(helperMethods).flatMap(({ authorization }: { authorization: Authorization }) =>
    authorization === 'none' ? [] : [authorization.own, authorization.others, authorization.uncommon, authorization.named],
  );
  for (const action of asked) {
    if (action !== null && action !== undefined && action !== 'refused') expect(policy).toContain(`<action id="org.platter.${action}">`);
  }
});

test('the policy starts the launcher that the program starts, with its one argument, and never a window', () => {
  expect(policy).toContain('<annotate key="org.freedesktop.policykit.exec.path">/usr/lib/platter/helper/platter-helper</annotate>');
  expect(policy).toContain('<annotate key="org.freedesktop.policykit.exec.argv1">--stdio</annotate>');
  expect(policy).not.toMatch(/allow_gui|auth_self/u);
});

test('messages name nothing but the details that are always given', () => {
  const placeholders = new Set(policy.match(/\$\([a-z]+\)/gu));
  expect(placeholders).toEqual(new Set(['$(device)', '$(file)', '$(program)']));
});

test('the udev rule comes before the rules it steers and looks at the folders of the records', () => {
  const rule = readFileSync(new URL('udev/59-platter.rules', build), 'utf8');
  expect(rule).toContain('TEST=="/run/platter/pending/%k"');
  expect(rule).toContain('TEST=="/run/platter/devices/$env{DISKSEQ}"');
  expect(rule).not.toContain('UDISKS_IGNORE');
});

test('the second udev rule gives udisks2 back what the first kept from LVM, of our devices alone and of no member of an array', () => {
  const [set] = readFileSync(new URL('udev/79-platter.rules', build), 'utf8').match(/^[^#\n].*$/gmu) ?? [];
  expect(set?.split(', ')).toEqual([
    'SUBSYSTEM=="block"',
    'ENV{PLATTER}=="1"',
    'ENV{ID_FS_USAGE}!="raid"',
    'ENV{DM_UDEV_DISABLE_OTHER_RULES_FLAG}=""',
  ]);
});
