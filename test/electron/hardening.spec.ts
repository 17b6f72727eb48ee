/** What a page in the window must not be able to do, tried from inside (SECURITY.md §4, (e) 71-73). */
import { expect, test, type ElectronApplication, type Page } from '@playwright/test';
import { toCallName } from '../../electron/ipc/api.ts';
import { rendererMethods, type RendererMethodName } from '../../electron/ipc/methods.ts';
import { makeProgram, statusField, type Program } from './program.ts';

let program: Program | null = null;
let application: ElectronApplication;
let page: Page;

test.beforeAll(async () => {
  program = await makeProgram();
  application = await program.launch();
  page = await application.firstWindow();
  await expect(page).toHaveTitle('Platter');
});
test.afterAll(async () => {
  await application?.close();
  program?.remove();
});

test('the page is sandboxed, isolated and without Node', async () => {
  const preferences = await application.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents as { getLastWebPreferences: () => Record<string, unknown> } | undefined;
    return contents?.getLastWebPreferences();
  });
  expect(preferences).toMatchObject({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    webviewTag: false,
  });
  const pid = await application.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.getOSProcessId() ?? 0);
  // Seccomp mode 2 is a filter; the page's process may not gain rights.
  expect([statusField(pid, 'Seccomp'), statusField(pid, 'NoNewPrivs')]).toEqual(['2', '1']);
  const names = await page.evaluate(() =>
    ['require', 'process', 'module', 'global', 'Buffer', 'ipcRenderer', 'electron'].filter((name) => name in window),
  );
  expect(names).toEqual([]);
});

test('the page has one function for each method, the two others of the contract, and nothing else', async () => {
  const names = await page.evaluate(() => Object.keys(window.platter ?? {}));
  const calls = (Object.keys(rendererMethods) as RendererMethodName[]).map(toCallName);
  expect(names.toSorted()).toEqual([...calls, 'imagesDrop', 'onStateChange'].toSorted());
  const kinds = await page.evaluate(() => Object.values(window.platter ?? {}).map((value) => typeof value));
  expect(new Set(kinds)).toEqual(new Set(['function']));
});

test('the page comes from the program with a strict policy', async () => {
  expect(page.url()).toBe('app://platter/');
  const policy = await page.evaluate(async () => {
    const violation = new Promise<string>((resolve) => {
      document.addEventListener('securitypolicyviolation', (event) => resolve(event.originalPolicy), { once: true });
    });
    const image = document.createElement('img');
    image.src = 'https://example.org/x.png';
    document.body.append(image);
    return violation;
  });
  for (const part of [
    "default-src 'none'",
    "script-src 'self'",
    "connect-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
  ]) {
    expect(policy).toContain(part);
  }
  expect(policy).not.toMatch(/unsafe|\*/u);
});

/** Ways to run a script; as text, since it is what the linter keeps out of programs. Notes the names of those that ran. */
const scriptAttempts = `(async () => {
  const ran = [];
  window.note = (name) => ran.push(name);
  const element = (name, fields) => Object.assign(document.createElement(name), fields);
  const attempts = {
    eval: () => eval('note("eval")'),
    function: () => new Function('note("function")')(),
    inline: () => document.head.append(element('script', { textContent: 'note("inline")' })),
    text: () => { const script = document.createElement('script'); script.append('note("text")'); document.head.append(script); },
    markup: () => { document.body.innerHTML += '<img src="x" onerror="note(1)">'; },
    attribute: () => { const button = document.createElement('button'); button.setAttribute('onclick', 'note("attribute")'); document.body.append(button); button.click(); },
    address: () => { location.href = 'javascript:note("address")'; },
    data: () => document.head.append(element('script', { src: 'data:text/javascript,note("data")' })),
    timer: () => setTimeout('note("timer")', 0),
  };
  // What runs in the evaluation itself is spared the policy by the debugger; after a turn it no longer is.
  await new Promise((resolve) => setTimeout(resolve, 0));
  const refused = [];
  for (const [name, attempt] of Object.entries(attempts)) {
    try { attempt(); } catch { refused.push(name); }
  }
  // Anything that would run later has had its turn after a frame, a timer and a call of main.
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
  await window.platter.stateGet({});
  return { ran, refused };
})()`;

test('no script runs but the program’s own', async () => {
  const outcomes = (await page.evaluate(scriptAttempts)) as { ran: string[]; refused: string[] };
  expect(outcomes.ran).toEqual([]);
  expect(outcomes.refused).toEqual(expect.arrayContaining(['eval', 'function', 'inline', 'markup']));
});

test('the page reaches no file, no network and no other address of its own scheme', async () => {
  const outcomes = await page.evaluate(async () => {
    const addresses = [
      'file:///etc/passwd',
      'https://example.org/',
      'http://127.0.0.1:80/',
      'app://platter/../package.json',
      'app://other/',
      'data:text/plain,x',
    ];
    return Promise.all(
      addresses.map(async (address) =>
        fetch(address).then(
          () => address,
          () => 'refused',
        ),
      ),
    );
  });
  expect(new Set(outcomes)).toEqual(new Set(['refused']));
  const sockets = await page.evaluate(
    async () =>
      new Promise((resolve) => {
        const socket = new WebSocket('ws://127.0.0.1:9');
        socket.addEventListener('error', () => resolve('refused'));
        socket.addEventListener('open', () => resolve('open'));
      }),
  );
  expect(sockets).toBe('refused');
});

test('the scheme serves the built page and nothing beside it', async () => {
  const statuses = await application.evaluate(async ({ session }) => {
    const own = session.fromPartition('platter');
    const addresses = [
      'app://platter/',
      'app://platter/index.html',
      'app://platter/../main/main.js',
      'app://platter/..%2fmain%2fmain.js',
      'app://platter//etc/passwd',
      'app://other/index.html',
      'app://platter/assets',
    ];
    return Promise.all(
      addresses.map(async (address) =>
        own.fetch(address).then(
          ({ status }) => status,
          () => 0,
        ),
      ),
    );
  });
  expect(statuses.map((status) => status === 200)).toEqual([true, true, false, false, false, false, false]);
  const post = await application.evaluate(
    async ({ session }) => (await session.fromPartition('platter').fetch('app://platter/', { method: 'POST' })).status,
  );
  expect(post).toBe(404);
});

test('the page stays where it is and opens nothing', async () => {
  const before = await application.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length);
  const opened = await page.evaluate(() => {
    location.assign('https://example.org/');
    location.assign('file:///etc/passwd');
    location.assign('app://other/');
    return ['https://example.org/', 'file:///etc/passwd', 'about:blank', 'app://platter/'].map((address) => window.open(address) === null);
  });
  expect(opened).toEqual([true, true, true, true]);
  await page.evaluate(() => {
    const link = document.createElement('a');
    link.href = 'https://example.org/';
    document.body.append(link);
    link.click();
    const form = document.createElement('form');
    form.action = 'https://example.org/';
    document.body.append(form);
    form.submit();
  });
  await page.evaluate(async () => window.platter?.stateGet({}));
  expect(page.url()).toBe('app://platter/');
  expect(await application.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(before);
});

test('a frame inside the page has no way to main', async () => {
  const inside = await page.evaluate(async () => {
    const frame = document.createElement('iframe');
    document.body.append(frame);
    const blank = frame.contentWindow !== null && 'platter' in frame.contentWindow;
    const foreign = document.createElement('iframe');
    foreign.src = 'app://platter/';
    const loaded = new Promise((resolve) => {
      foreign.addEventListener('load', () => resolve(null));
      document.addEventListener('securitypolicyviolation', () => resolve(null), { once: true });
    });
    document.body.append(foreign);
    await loaded;
    try {
      return [blank, foreign.contentWindow !== null && 'platter' in foreign.contentWindow];
    } catch {
      return [blank, false];
    }
  });
  expect(inside).toEqual([false, false]);
});

test('calls with what the contract does not know are refused', async () => {
  const replies = await page.evaluate(async () => {
    // By name, because the types forbid what is tried.
    const call = async (name: string, params: unknown): Promise<unknown> => {
      const method: unknown = Reflect.get(window.platter ?? {}, name);
      return typeof method === 'function' ? Reflect.apply(method, undefined, [params]) : null;
    };
    const attempts: [string, unknown][] = [
      ['stateGet', undefined],
      ['stateGet', { extra: 1 }],
      ['stateGet', []],
      ['imagesDescribe', { image: '/etc/shadow' }],
      ['devicesDetach', { device: 2 ** 32, diskseq: '1', whenFree: false }],
      ['imagesPaste', { text: '/etc/shadow' }],
      ['imagesListFolder', { folder: null, showHidden: false }],
    ];
    return Promise.all(attempts.map(async ([name, params]) => call(name, params)));
  });
  const codes = [...Array.from({ length: 5 }, () => 'INVALID_CALL'), 'NOT_IN_THIS_HOST', 'NOT_IN_THIS_HOST'];
  expect(replies).toMatchObject(codes.map((code) => ({ ok: false, error: { code } })));
});

test('permissions are denied but for writing text to the clipboard', async () => {
  const outcomes = await page.evaluate(async () => {
    const names = ['geolocation', 'notifications', 'camera', 'microphone', 'midi', 'clipboard-read'] as PermissionName[];
    const states = await Promise.all(names.map(async (name) => (await navigator.permissions.query({ name })).state));
    const media = await navigator.mediaDevices.getUserMedia({ video: true, audio: true }).then(
      () => 'granted',
      () => 'denied',
    );
    const display = await navigator.mediaDevices.getDisplayMedia().then(
      () => 'granted',
      () => 'denied',
    );
    return [...states, media, display];
  });
  expect(new Set(outcomes)).toEqual(new Set(['denied']));
  // Whether it then works depends on the focus, which nothing gives a window here.
  const writing = await page.evaluate(async () => (await navigator.permissions.query({ name: 'clipboard-write' as PermissionName })).state);
  expect(writing).toBe('granted');
});
