/** The name of an account, as far as /etc/passwd has it. Main process. */
import { readFile } from 'node:fs/promises';

/** Null where no line is: accounts of a directory service have none. Pure. */
export function accountNameIn(passwd: string, uid: number): string | null {
  for (const line of passwd.split('\n')) {
    const [name, , id] = line.split(':');
    if (id === uid.toString() && name !== undefined && name !== '') return name;
  }
  return null;
}

export async function readAccountName(uid: number): Promise<string | null> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  return accountNameIn(passwd, uid);
}
