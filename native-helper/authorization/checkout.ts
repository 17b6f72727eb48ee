/**
 * A helper that runs from a checkout, on a machine that has none of Platter's polkit actions. Runs as root.
 *
 * Only pkexec's own action can have started it, which asks an administrator for running this very program as root. Its files are the
 * caller's to change, so asking again for each action would protect nothing, and polkit knows no action to ask about. Both facts must
 * hold: an installed helper whose policy polkit cannot read denies, and a checkout on a machine with the policy asks by it.
 */
import { existsSync } from 'node:fs';

/** Where packages put the helper; the launcher there runs nothing else. */
const INSTALLED_FOLDER = '/usr/lib/platter/';
/** Where polkit reads actions from (polkit(8)). */
const ACTION_FOLDERS = [
  '/usr/share/polkit-1/actions',
  '/usr/local/share/polkit-1/actions',
  '/etc/polkit-1/actions',
  '/run/polkit-1/actions',
];

/** `programUrl` is the file: address of the running program, symbolic links resolved. */
export function isApprovedAsAWhole(programUrl: string, exists: (path: string) => boolean = existsSync): boolean {
  if (!programUrl.startsWith('file:///') || programUrl.startsWith(`file://${INSTALLED_FOLDER}`) || exists(INSTALLED_FOLDER)) return false;
  return !ACTION_FOLDERS.some((folder) => exists(`${folder}/org.platter.policy`));
}
