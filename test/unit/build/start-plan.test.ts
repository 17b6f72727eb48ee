import { describe, expect, test } from 'vitest';
import { absoluteArguments, chooseHost } from '../../../build/start-plan.ts';

const desktop = { uid: 1000, hasDisplay: true, findElectron: () => '/opt/electron' };

describe('npm start', () => {
  test('takes Electron for an ordinary user with a display', () => {
    expect(chooseHost(desktop)).toEqual({
      kind: 'electron',
      program: '/opt/electron',
      reason: "there is a display and Electron's program",
    });
  });

  test('takes the browser host without Electron, and looks for Electron only where it could run', () => {
    expect(chooseHost({ ...desktop, findElectron: () => null }).kind).toBe('browser');
    const findElectron = (): never => {
      throw new Error('looked for Electron');
    };
    expect(chooseHost({ ...desktop, uid: 0, findElectron }).reason).toContain('root');
    expect(chooseHost({ ...desktop, hasDisplay: false, findElectron }).reason).toContain('DISPLAY');
  });

  test('resolves files from where the person stands and leaves the rest alone', () => {
    expect(absoluteArguments(['a.img', '../b c.iso', '/x/y.img'], '/home/maria/images')).toEqual([
      '/home/maria/images/a.img',
      '/home/maria/b c.iso',
      '/x/y.img',
    ]);
    expect(absoluteArguments(['--no-open', '--port', '8000', 'a.img', 'file:///a%20b.img'], '/h')).toEqual([
      '--no-open',
      '--port',
      '8000',
      '/h/a.img',
      '/a b.img',
    ]);
    expect(absoluteArguments(['--', '-odd.img'], '/h')).toEqual(['--', '/h/-odd.img']);
  });
});
