/**
 * Who may start the helper, and what starts when he does: real pkexec and polkitd, launcher and helper as installed.
 * SECURITY.md (e) rows 1 to 12, 67 and 68; 8 also in test/kernel/records, 10 also in test/contract/ending.test.ts.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { useWorld } from './use-world.ts';
import { checkoutInside, folderInside, installedFiles, users, type UserName } from './world.ts';

const { world, program } = await useWorld((inside) => inside.setSession('alice', 'active'));

/** Whether a command answered to hello, and how it ended. */
async function bareStart(user: UserName, ...command: readonly string[]): Promise<{ status: number | null; replied: boolean }> {
  const outcome = await world.run(user, installedFiles.node, `${checkoutInside}/test/polkit/bare-start.ts`, ...command);
  return JSON.parse(outcome.stdout) as { status: number | null; replied: boolean };
}

const launcher = installedFiles.launcher ?? '';
const pkexec = ['pkexec', '--disable-internal-agent'];
const runs = { status: 0, replied: true };

test('starts without a question for a user at the machine', async () => {
  const alice = await program('alice');
  const outcome = await alice.start(installedFiles);
  expect(outcome).toMatchObject({ kind: 'ready', hello: { mode: 'elevated', uid: users.alice } });
});

describe.each(['inactive', 'remote'] as const)('in a session that is %s', (kind) => {
  test('nobody can be asked without an agent', async () => {
    world.setSession('alice', kind);
    const alice = await program('alice');
    expect((await alice.start(installedFiles)).kind).toBe('no-agent');
  });

  test('starts when an administrator approves, and polkit asks about starting', async () => {
    world.setSession('alice', kind);
    const alice = await program('alice');
    const agent = await world.agent(alice, 'approve');
    expect((await alice.start(installedFiles)).kind).toBe('ready');
    expect((await agent.question()).action).toBe('org.platter.helper.run');
    await agent.stop();
  });

  test.each([
    ['dismiss', 'dismissed'],
    ['fail', 'denied'],
  ] as const)('does not start when the agent says %s', async (mode, outcome) => {
    world.setSession('alice', kind);
    const alice = await program('alice');
    const agent = await world.agent(alice, mode);
    expect((await alice.start(installedFiles)).kind).toBe(outcome);
    await agent.stop();
  });
});

test('a user without a session does not start it', async () => {
  world.root('mv', `/run/systemd/sessions/salice`, folderInside);
  world.root('rm', `/run/systemd/users/${users.alice}`);
  const alice = await program('alice');
  expect((await alice.start(installedFiles)).kind).toBe('no-agent');
});

test('nobody, who has no session, does not start it', async () => {
  const asNobody = 'setsid -w setpriv --reuid 65534 --regid 65534 --clear-groups --reset-env --';
  const outcome = world.rootShell(`set +e; ${asNobody} ${pkexec.join(' ')} ${launcher} --stdio </dev/null 2>&1; echo "status $?"`);
  expect(outcome).toMatch(/^status 127$/mu);
  expect(outcome).not.toContain('jsonrpc');
});

describe('as another user than root', () => {
  test('pkexec is refused by the rule', async () => {
    const outcome = await world.run('alice', ...pkexec, '--user', 'bob', launcher, '--stdio');
    expect(outcome).toMatchObject({ status: 127, stdout: '' });
    expect(outcome.stderr).toContain('Not authorized');
  });

  test('without the rule the launcher refuses, and reads nothing of that user', async () => {
    const rule = '/usr/share/polkit-1/rules.d/49-org.platter.rules';
    world.root('mv', rule, folderInside);
    try {
      // polkitd notices by itself, but not at once.
      let outcome = await world.run('alice', ...pkexec, '--user', 'bob', launcher, '--stdio');
      while (outcome.status === 127) outcome = await world.run('alice', ...pkexec, '--user', 'bob', launcher, '--stdio');
      expect(outcome).toMatchObject({ status: 64, stdout: '' });
    } finally {
      world.root('mv', `${folderInside}/49-org.platter.rules`, rule);
    }
  });
});

describe('other ways to call it', () => {
  test.each([
    ['no argument', []],
    ['another argument', ['--stdiox']],
    ['another argument first', ['x', '--stdio']],
  ])('%s needs an administrator', async (_name, parameters) => {
    const outcome = await world.run('alice', ...pkexec, launcher, ...parameters);
    expect(outcome).toMatchObject({ status: 127, stdout: '' });
  });

  test('one argument more is refused by the launcher', async () => {
    const outcome = await world.run('alice', ...pkexec, launcher, '--stdio', '--inspect');
    expect(outcome).toMatchObject({ status: 64, stdout: '' });
  });

  test('without root launcher and helper refuse', async () => {
    expect(await world.run('alice', launcher, '--stdio')).toMatchObject({ status: 64, stdout: '' });
    const helper = await world.run('alice', installedFiles.node, installedFiles.script, '--stdio');
    expect(helper).toMatchObject({ status: 77, stdout: '' });
  });

  test('root may start it directly', async () => {
    expect(await bareStart('root', 'env', 'PKEXEC_UID=0', launcher, '--stdio')).toEqual({ status: 0, replied: true });
  });

  test.each(['', '-294967296', '00', '01001', '1001 ', '0x3e9', '4294967295', '1e3', '2147483648'])(
    'refuses "%s" as the user it acts for',
    async (uid) => {
      expect(await bareStart('root', 'env', `PKEXEC_UID=${uid}`, launcher, '--stdio')).toEqual({ status: 77, replied: false });
    },
  );

  test('refuses to act for nobody', async () => {
    expect(await bareStart('root', 'env', '-u', 'PKEXEC_UID', launcher, '--stdio')).toEqual({ status: 77, replied: false });
    expect(await bareStart('root', 'env', '-u', 'PKEXEC_UID', installedFiles.node, installedFiles.script, '--stdio')).toEqual({
      status: 77,
      replied: false,
    });
  });

  test.each([[[]], [['--stdiox']], [['--view']], [['x', '--stdio']]])('as root the launcher refuses %j', async (parameters) => {
    expect(await bareStart('root', 'env', 'PKEXEC_UID=0', launcher, ...parameters)).toEqual({ status: 64, replied: false });
  });

  test('refuses to act for a user who is not at the other end of its socket', async () => {
    const outcome = await bareStart('root', 'env', `PKEXEC_UID=${users.alice}`, launcher, '--stdio');
    expect(outcome).toEqual({ status: 77, replied: false });
  });

  test.each([
    ['a file', '</etc/hostname', ' | cat'],
    ['/dev/null', '</dev/null', ' | cat'],
    ['a pipe', '< <(:)', ' | cat'],
    ['nothing', '<&-', ' | cat'],
  ])('refuses %s as input', async (_name, input, output) => {
    const command = `set -o pipefail; ${pkexec.join(' ')} ${launcher} --stdio ${input} ${output}`;
    expect(await world.run('alice', 'bash', '-c', command)).toMatchObject({ status: 77, stdout: '' });
  });

  test('refuses a terminal as input', async () => {
    const command = `${pkexec.join(' ')} ${launcher} --stdio | cat; exit \${PIPESTATUS[0]}`;
    const outcome = await world.run('alice', 'script', '-qec', `bash -c '${command}'`, '/dev/null');
    expect(outcome).toMatchObject({ status: 77 });
    expect(outcome.stdout).not.toContain('jsonrpc');
  });

  test('is not misled by the name it is started under', async () => {
    const name = `${folderInside}/home/alice/node`;
    expect(await bareStart('alice', 'bash', '-c', `exec -a ${name} ${pkexec.join(' ')} ${launcher} --stdio`)).toEqual(runs);
    expect(
      await bareStart('root', 'bash', '-c', `PKEXEC_UID=0 exec -a ${name} ${installedFiles.node} ${installedFiles.script} --stdio`),
    ).toEqual(runs);
  });

  test('refuses the socket of a service of root as input, although it could be asked as root there', async () => {
    // An exec keeps the peer of descriptor 0: the bus, which is root.
    const script = `import os,socket
s=socket.socket(socket.AF_UNIX); s.connect('/run/dbus/system_bus_socket'); os.dup2(s.fileno(),0)
r,w=os.pipe()
if os.fork()==0: os.dup2(w,1); os.execv('/usr/bin/pkexec',['pkexec','--disable-internal-agent','${launcher}','--stdio'])
print(os.waitstatus_to_exitcode(os.wait()[1]))`;
    const outcome = await world.run('alice', '/usr/bin/python3', '-I', '-c', script);
    expect(outcome.stdout).toBe('77\n');
  });

  test.each([
    ['closed', '>&-'],
    ['closed for the log', '2>&-'],
    ['a file', `>${folderInside}/home/alice/out`],
    ['/dev/null', '>/dev/null'],
  ])('refuses an output that is %s', async (_name, output) => {
    const script = `import os,socket,sys
a,b=socket.socketpair()
pid=os.fork()
if pid==0: os.dup2(b.fileno(),0); os.execv('/bin/bash',['bash','-c','exec ${pkexec.join(' ')} ${launcher} --stdio ${output}'])
print(os.waitstatus_to_exitcode(os.wait()[1]))`;
    expect((await world.run('alice', '/usr/bin/python3', '-I', '-c', script)).stdout).toBe('77\n');
  });
});

describe('surroundings', () => {
  test('refuses a mount namespace that is not that of the machine', async () => {
    const roots = ['unshare', '--mount', '--propagation', 'private', '--'];
    // Root makes the namespace and becomes alice in it, keeping her cgroup and session.
    const script = `${checkoutInside}/test/polkit/as-user.sh`;
    const alice = await program('root', [...roots, 'bash', script, String(users.alice), 'session-salice.scope', world.cgroups, '--']);
    const outcome = await alice.start(installedFiles);
    expect(outcome).toMatchObject({ kind: 'broken', end: { status: 77 } });
  });

  test('refuses a user namespace, in which anybody can be root', async () => {
    const command = ['env', 'PKEXEC_UID=0', 'unshare', '--user', '--map-root-user', launcher, '--stdio'];
    for (const user of ['root', 'alice'] as const) expect(await bareStart(user, ...command)).toEqual({ status: 77, replied: false });
  });

  test('of a parent that is root no descriptor reaches the helper either', async () => {
    const list = 'for n in $(seq 3 255); do eval "exec $n</etc/shadow"; done; PKEXEC_UID=0 exec "$@"';
    const root = await program('root', ['bash', '-c', list, 'bash']);
    const outcome = await root.start(installedFiles, true);
    if (!('hello' in outcome)) throw new Error(JSON.stringify(outcome));
    expect(world.rootShell(`ls -l /proc/${outcome.hello.pid}/fd`)).not.toContain('/etc/shadow');
  });

  test('nothing inherited reaches the helper', async () => {
    const dirty =
      'umask 000; ulimit -c 12345; ulimit -S -f 8; ulimit -S -t 60; ulimit -S -n 64; trap \'\' TERM INT HUP CHLD PIPE; exec 9</etc/hostname; cd ~; exec "$@"';
    const alice = await program('alice', ['bash', '-c', dirty, 'bash']);
    const outcome = await alice.start(installedFiles);
    if (!('hello' in outcome)) throw new Error(JSON.stringify(outcome));
    const proc = `/proc/${outcome.hello.pid}`;
    const status = world.root('cat', `${proc}/status`);
    expect(status).toMatch(/^Umask:\t0022$/mu);
    expect(status).toMatch(/^NoNewPrivs:\t1$/mu);
    expect(boundingSet(status)).toBe(neededCapabilities);
    // Node itself ignores PIPE and XFSZ.
    expect(BigInt(`0x${/^SigIgn:\t(?<bits>\w+)$/mu.exec(status)?.groups?.['bits']}`) & ~signalBits([13, 25])).toBe(0n);
    const environment = world.root('cat', `${proc}/environ`).split('\0').filter(Boolean).toSorted();
    expect(environment).toEqual(['LANG=C.UTF-8', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', `PKEXEC_UID=${users.alice}`]);
    expect(world.root('readlink', `${proc}/cwd`)).toBe('/\n');
    expect(world.rootShell(`ls -l ${proc}/fd`)).not.toContain('/etc/hostname');
    const limits = world.root('cat', `${proc}/limits`);
    expect(limits).toMatch(/^Max core file size +0 /mu);
    expect(limits).toMatch(/^Max open files +1024 /mu);
    expect(limits).toMatch(/^Max file size +unlimited +unlimited /mu);
    expect(limits).toMatch(/^Max cpu time +unlimited +unlimited /mu);
  });

  test('variables that steer the runtime have no effect', async () => {
    const variables = [
      'NODE_OPTIONS=--require=/x',
      'ELECTRON_RUN_AS_NODE=1',
      'NODE_EXTRA_CA_CERTS=/x',
      'LD_PRELOAD=/x',
      'DBUS_SYSTEM_BUS_ADDRESS=unix:path=/x',
    ];
    expect(await bareStart('alice', 'env', ...variables, ...pkexec, launcher, '--stdio')).toEqual(runs);
    expect(await bareStart('root', 'env', ...variables, 'PKEXEC_UID=0', launcher, '--stdio')).toEqual(runs);
    // They would have: without the launcher the runtime obeys them.
    const bare = [installedFiles.node, installedFiles.script, '--stdio'];
    expect((await bareStart('root', 'env', ...variables, 'PKEXEC_UID=0', ...bare)).replied).toBe(false);
  });

  test.each([
    ['--fsize=8192', 'file size'],
    ['--nofile=32:32', 'descriptors'],
    ['--as=1000000000', 'memory'],
    ['--as=67108864', 'hardly any memory'],
    ['--cpu=1', 'processor time'],
  ])('a lowered limit (%s: %s) is taken back, or the helper does not start', async (limit) => {
    const { status, replied } = await bareStart('alice', 'prlimit', limit, ...pkexec, launcher, '--stdio');
    expect([status === 77 && !replied, status === 0 && replied]).toContain(true);
  });
});

function boundingSet(status: string): bigint {
  return BigInt(`0x${/^CapBnd:\t(?<bits>\w+)$/mu.exec(status)?.groups?.['bits']}`);
}

/** SYS_ADMIN, SYS_RESOURCE, SYS_PTRACE, DAC_READ_SEARCH, KILL, each of which something fails without; and no other. Some machines lack one. */
const neededCapabilities =
  [21, 24, 19, 2, 5].reduce((bits, number) => bits | (1n << BigInt(number)), 0n) & boundingSet(readFileSync('/proc/self/status', 'latin1'));

function signalBits(signals: readonly number[]): bigint {
  return signals.reduce((bits, signal) => bits | (1n << BigInt(signal - 1)), 0n);
}
