const MAX_PATH = 400;

/** A path of this door that somebody else gave us, to go back to.
 *  @returns `/` for whatever could lead elsewhere */
export function safePath(given: unknown): string {
  if (typeof given !== 'string' || given.length > MAX_PATH || !/^\/(?![/\\])[\x21-\x7e]*$/.test(given)) return '/';
  try {
    const { origin, pathname, search } = new URL(given, 'http://door.invalid');
    return origin === 'http://door.invalid' && !pathname.startsWith('//') ? pathname + search : '/';
  } catch {
    return '/'; // not a path
  }
}
