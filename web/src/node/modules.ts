/** In place of the modules of Node.js that the codec names (web/vite.config.mjs). Of files there are the dialects, which came with the page. */

const DIALECTS = import.meta.glob<string>('../../../specs/*.json', { query: '?raw', import: 'default', eager: true });

/** The names of specs/. */
export const dialectNames: readonly string[] = Object.keys(DIALECTS)
  .map((path) => path.replace(/^.*\//, '').replace(/\.json$/, ''))
  .filter((name) => !name.endsWith('.schema'));

export function readFileSync(path: string): string {
  const name = path.replace(/^.*\//, '');
  const found = Object.entries(DIALECTS).find(([each]) => each.endsWith(`/${name}`))?.[1];
  if (found === undefined) throw Object.assign(new Error(`there is no ${name}`), { code: 'ENOENT' });
  return found;
}
export const existsSync = (path: string): boolean => path in DIALECTS;

export const resolve = (folder: string, name: string): string => (name.startsWith('/') ? name : `${folder}/${name}`);
export const dirname = (path: string): string => path.replace(/\/[^/]*$/, '');
export const isAbsolute = (path: string): boolean => path.startsWith('/');
export const fileURLToPath = (): string => '/specs';

export const types = { isUint8Array: (value: unknown): boolean => value instanceof Uint8Array };
export const markAsUntransferable = (): void => undefined;
/** The system's errors do not come here. */
export const getSystemErrorMap = (): Map<number, readonly [string, string]> => new Map();

const STRICT = new TextDecoder('utf-8', { fatal: true });
export function isUtf8(bytes: Uint8Array): boolean {
  try {
    STRICT.decode(bytes);
    return true;
  } catch {
    return false; // which is the answer
  }
}

export const isIPv6 = (text: string): boolean => /^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(text);
