/**
 * Which programs of a user keep a mount in use, from /proc. Only for the eyes of a person: nothing is decided by it. Names of
 * other users' programs are not told. Runs as root; needs CAP_SYS_PTRACE for the descriptors of other processes.
 */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import type { ProgramInUse } from '../protocol/errors.ts';

/** More than this nobody reads, and a user can start many. */
const MOST_PROGRAMS = 32;

/** `uid` 0 sees everybody's. */
export function listMountUsers(facts: {
  readonly mountId: number;
  readonly mountPoint: string;
  readonly uid: number;
}): readonly ProgramInUse[] {
  const programs: ProgramInUse[] = [];
  for (const name of readdirSync('/proc')) {
    if (programs.length >= MOST_PROGRAMS) break;
    if (!/^[1-9][0-9]*$/u.test(name)) continue;
    const folder = `/proc/${name}`;
    if (!belongsTo(folder, facts.uid) || !uses(folder, facts)) continue;
    programs.push({ pid: Number(name), name: readName(folder) });
  }
  return programs;
}

function belongsTo(folder: string, uid: number): boolean {
  if (uid === 0) return true;
  return unlessGone(() => statSync(folder).uid === uid, false);
}

function uses(folder: string, { mountId, mountPoint }: { mountId: number; mountPoint: string }): boolean {
  const isInside = (link: string): boolean => {
    const path = unlessGone(() => readlinkSync(`${folder}/${link}`), '');
    return path === mountPoint || path.startsWith(`${mountPoint}/`);
  };
  if (isInside('cwd') || isInside('root') || isInside('exe')) return true;
  const descriptors = unlessGone(() => readdirSync(`${folder}/fdinfo`), []);
  return (
    descriptors.some((fd) => unlessGone(() => readFileSync(`${folder}/fdinfo/${fd}`, 'latin1'), '').includes(`\nmnt_id:\t${mountId}\n`)) ||
    unlessGone(() => readFileSync(`${folder}/maps`, 'latin1'), '').includes(` ${mountPoint}/`)
  );
}

/** The name a program gave itself: any bytes but NUL. What is not printable is replaced. */
function readName(folder: string): string {
  const name = unlessGone(() => readFileSync(`${folder}/comm`, 'utf8'), '');
  return name.replace(/\n$/u, '').replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, '\uFFFD');
}

/** A process may end, or be hidden, at any moment. */
function unlessGone<Value>(read: () => Value, otherwise: Value): Value {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
