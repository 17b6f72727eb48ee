import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defaultRemembered, parseRemembered, SettingsFile, settingsPath } from '../../../electron/settings/settings-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'platter-settings-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const path = (): string => join(folder, 'platter', 'settings.json');

describe('the settings file', () => {
  test('lies in the configuration folder of the user', () => {
    expect(settingsPath({ XDG_CONFIG_HOME: '/config' })).toBe('/config/platter/settings.json');
    for (const environment of [{}, { XDG_CONFIG_HOME: '' }, { XDG_CONFIG_HOME: 'relative' }]) {
      expect(settingsPath(environment)).toBe(join(homedir(), '.config/platter/settings.json'));
    }
  });

  test('brings back what was saved', async () => {
    const settings = {
      attachReadOnly: false,
      partitionScan: false,
      showSystemDevices: true,
      colourScheme: 'dark',
      mountFileSystems: false,
      openFolder: false,
    } as const;
    const window = { width: 800, height: 600, maximized: true };
    await new SettingsFile(path()).save({ settings });
    const file = new SettingsFile(path());
    await file.load();
    await file.save({ window });
    expect(await new SettingsFile(path()).load()).toEqual({ settings, window });
  });

  test('is replaced as a whole, readable by its owner only, and the last save wins', async () => {
    const file = new SettingsFile(path());
    const saves = [100, 200, 300, 400].map(async (width) => file.save({ window: { width, height: 500, maximized: false } }));
    await Promise.all(saves);
    expect(readdirSync(join(folder, 'platter'))).toEqual(['settings.json']);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect((await new SettingsFile(path()).load()).window?.width).toBe(400);
  });

  test('of an earlier version has the defaults for what it does not know', () => {
    const settings = { attachReadOnly: false, partitionScan: false, showSystemDevices: true, colourScheme: 'dark' };
    expect(parseRemembered(JSON.stringify({ version: 1, settings }))?.settings).toEqual({
      ...settings,
      mountFileSystems: true,
      openFolder: true,
    });
  });

  test('that is not there means the defaults', async () => {
    expect(await new SettingsFile(path()).load()).toEqual(defaultRemembered);
  });

  test.each(['', '{', 'null', '[]', '{"version":2,"settings":{}}', '{"version":1,"settings":{"attachReadOnly":"yes"}}', '{"version":1}'])(
    'that holds %j is kept aside and the defaults apply',
    async (text) => {
      await new SettingsFile(path()).save({});
      writeFileSync(path(), text);
      const file = new SettingsFile(path());
      expect(await file.load()).toEqual(defaultRemembered);
      expect(readFileSync(`${path()}.unreadable`, 'utf8')).toBe(text);
      await file.save({});
      expect(await new SettingsFile(path()).load()).toEqual(defaultRemembered);
    },
  );

  test('of an earlier time has the defaults for what it does not know', () => {
    expect(parseRemembered('{"version":1,"settings":{"attachReadOnly":false},"later":1}')).toEqual({
      settings: { ...defaultRemembered.settings, attachReadOnly: false },
      window: null,
    });
  });

  test('that cannot be written is an error and leaves nothing half done', async () => {
    writeFileSync(join(folder, 'platter'), 'in the way');
    await expect(new SettingsFile(path()).save({})).rejects.toThrow(/EEXIST|ENOTDIR/u);
    expect(readdirSync(folder)).toEqual(['platter']);
  });
});
