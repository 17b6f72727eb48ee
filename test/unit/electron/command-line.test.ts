import { describe, expect, test } from 'vitest';
import { parseOptions } from '../../../electron/hosts/browser-options.ts';
import { toFileArguments, wantsNewImage } from '../../../electron/hosts/file-arguments.ts';

describe('the command line of the browser host', () => {
  test('names files, a port and whether to open a browser', () => {
    expect(parseOptions([])).toEqual({ open: true, newImage: false, port: 0, files: [] });
    expect(parseOptions(['--no-open', '--new-image', '--port', '8080', '/a.img', 'file:///b.img', '--', '--c.img'])).toEqual({
      open: false,
      newImage: true,
      port: 8080,
      files: ['/a.img', 'file:///b.img', `${process.cwd()}/--c.img`],
    });
  });

  test.each([['--port'], ['--port', '65536'], ['--port', '-1'], ['--port', '80x'], ['--unknown'], ['-x'], ['--no-open=1']])(
    'is refused with %j %j',
    (...words) => {
      expect(parseOptions(words)).toBeNull();
    },
  );
});

test('files on a command line are read from the folder it was typed in', () => {
  expect(toFileArguments(['a.img', '--flag', '', '/b.img', 'file:///c.img', '--', '-d.img'], '/here')).toEqual([
    '/here/a.img',
    '/b.img',
    'file:///c.img',
    '/here/-d.img',
  ]);
});

test('a new image is asked for by an option, not by a file of that name', () => {
  expect([wantsNewImage(['platter', '--new-image']), wantsNewImage(['platter', '--', '--new-image']), wantsNewImage(['platter'])]).toEqual([
    true,
    false,
    false,
  ]);
});
