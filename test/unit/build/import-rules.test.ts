import { describe, expect, test } from 'vitest';
import { importProblems } from '../../../build/import-rules.ts';

describe('the import table', () => {
  test.each([
    ['native-helper/protocol/devices.ts', `import * as v from 'valibot'; import { x } from './scalars.ts';`],
    ['native-helper/rpc/dispatcher.ts', `import { readFileSync } from 'node:fs'; import { y } from '../protocol/errors.ts';`],
    ['native-helper/linux/ffi.ts', `import koffi from 'koffi';`],
    ['electron/helper/socket-pair.ts', `import koffi from 'koffi';`],
    ['electron/main.ts', `import { app } from 'electron'; import { start } from './app.ts';`],
    ['electron/hosts/browser-host.ts', `import { WebSocketServer } from 'ws'; import type { App } from '../app.ts';`],
    [
      'renderer/features/devices/list.tsx',
      `import { useState } from 'react'; import type { AppState } from '../../../electron/ipc/state.ts';`,
    ],
    ['renderer/components/icons.ts', `export { Disc } from 'lucide-react';`],
    ['test/browser/window.ts', `export { expect } from '@playwright/test';`],
    ['test/unit/anything.test.ts', `import koffi from 'koffi'; const m = await import(name);`],
  ])('lets %s import what it needs', (file, source) => {
    expect(importProblems(file, source)).toEqual([]);
  });

  test.each([
    [
      'native-helper/protocol/devices.ts',
      `import { readFileSync } from 'node:fs';`,
      "native-helper/protocol may not import Node's modules",
    ],
    [
      'native-helper/protocol/devices.ts',
      `import { x } from '../rpc/dispatcher.ts';`,
      'native-helper/protocol may not import native-helper/rpc/dispatcher.ts',
    ],
    ['native-helper/operations/attach.ts', `import koffi from 'koffi';`, 'native-helper may not import the package koffi'],
    ['native-helper/operations/attach.ts', `import { x } from '../../electron/app.ts';`, 'native-helper may not import electron/app.ts'],
    ['native-helper/main.ts', `import fs from 'fs';`, 'write node:fs'],
    ['electron/app.ts', `import { app } from 'electron';`, 'electron may not import the package electron'],
    [
      'electron/app.ts',
      `import type { D } from '../native-helper/linux/sysfs.ts';`,
      'electron may not import native-helper/linux/sysfs.ts',
    ],
    ['electron/helper/helper-client.ts', `import koffi from 'koffi';`, 'electron/helper may not import the package koffi'],
    [
      'electron/cli/attach.ts',
      `import { open } from '../hosts/electron-host.ts';`,
      'electron/cli may not import electron/hosts/electron-host.ts',
    ],
    ['renderer/main.tsx', `import { x } from '../electron/app.ts';`, 'renderer may not import electron/app.ts'],
    ['renderer/main.tsx', `import { Disc } from 'lucide-react';`, 'renderer may not import the package lucide-react'],
    ['renderer/main.tsx', `const m = await import('node:fs');`, "renderer may not import Node's modules"],
    ['native-helper/main.ts', `const m = await import(name);`, 'an import() of a computed name cannot be checked'],
    ['native-helper/rpc/all.ts', `export { a } from './a.ts';`, 'no barrels: it passes on names of ./a.ts'],
    ['test/browser/window.ts', `export { a } from './a.ts';`, 'no barrels: it passes on names of ./a.ts'],
    ['electron/all.ts', `export { a } from 'valibot';`, 'no barrels: it passes on names of valibot'],
    ['renderer/components/index.ts', `export const a = 1;`, 'no barrel files: name the file after what is in it'],
    ['sources/a.ts', `import { a } from './b.ts';`, 'the import table has no row for this folder'],
  ])('refuses in %s: %s', (file, source, problem) => {
    expect(importProblems(file, source)).toEqual([problem]);
  });

  test('sees imports in TypeScript and JSX syntax and says when a file cannot be parsed', () => {
    const source = `import { type A, b } from 'commander'; export const c = <T,>(x: T): A => <b>{x as never}</b>;`;
    expect(importProblems('renderer/c.tsx', source)).toEqual(['renderer may not import the package commander']);
    expect(() => importProblems('renderer/c.tsx', 'import {')).toThrow('renderer/c.tsx');
  });
});
