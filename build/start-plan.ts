/** What `npm start` decides, as pure functions: which host shows the window, and what its arguments mean. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Surroundings {
  readonly uid: number;
  /** DISPLAY or WAYLAND_DISPLAY is set. */
  readonly hasDisplay: boolean;
  /** Asked last, as it may download. */
  readonly findElectron: () => string | null;
}

export type HostChoice =
  | { readonly kind: 'electron'; readonly program: string; readonly reason: string }
  | { readonly kind: 'browser'; readonly reason: string };

/** Electron where it can run, else the browser host, each with the reason in words. */
export function chooseHost({ uid, hasDisplay, findElectron }: Surroundings): HostChoice {
  if (uid === 0) return { kind: 'browser', reason: "this is root, and Electron's window must not run as root" };
  if (!hasDisplay) return { kind: 'browser', reason: 'there is no display (DISPLAY and WAYLAND_DISPLAY are not set)' };
  const program = findElectron();
  if (program === null) return { kind: 'browser', reason: "Electron's program cannot be had here" };
  return { kind: 'electron', program, reason: "there is a display and Electron's program" };
}

/** Files become absolute from where the person typed them, file: addresses become paths; options and their values stay. */
export function absoluteArguments(args: readonly string[], folder: string): readonly string[] {
  const end = args.indexOf('--');
  return args.map((argument, index) => {
    const afterOptions = end !== -1 && index > end;
    if (!afterOptions && (argument.startsWith('-') || args[index - 1] === '--port')) return argument;
    return /^file:\/\//i.test(argument) ? fileURLToPath(argument) : resolve(folder, argument);
  });
}
