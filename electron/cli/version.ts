/** The program's version, written in when it is built. */
declare const __PLATTER_VERSION__: string | undefined;

export function version(): string {
  return typeof __PLATTER_VERSION__ === 'string' ? __PLATTER_VERSION__ : 'development';
}
