import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { userConfigFolder, type Config } from '../../ops/config.ts';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import { placeFile } from '../../ops/place-file.ts';

/** What `kalabarg login` leaves on this machine: a token for each database, readable by its user only. */
type Logins = Readonly<Record<string, { readonly login: string; readonly token: string }>>;

export function loginFile(): string {
  return join(userConfigFolder(), 'logins.json');
}

/** The database without who connects to it: another role's URL finds the same login. */
function databaseOf({ databaseUrl, ownerDatabaseUrl, data }: Config): string {
  const url = databaseUrl === '' ? ownerDatabaseUrl : databaseUrl;
  if (url === '') return data; // of the gateway that runs there
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

/** @throws GatewayError `login.file` */
export function storedToken(config: Config): string | undefined {
  return read()[databaseOf(config)]?.token;
}

export function storeToken(config: Config, login: string, token: string): void {
  write({ ...read(), [databaseOf(config)]: { login, token } });
}

export function forgetToken(config: Config): void {
  const database = databaseOf(config);
  write(Object.fromEntries(Object.entries(read()).filter(([name]) => name !== database)));
}

function read(): Logins {
  const file = loginFile();
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Logins;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new GatewayError('login.file', `${file} cannot be read: ${messageOf(cause)}. Delete it, and sign in again.`, {
      cause,
    });
  }
}

function write(logins: Logins): void {
  const file = loginFile();
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  placeFile(file, `${JSON.stringify(logins, undefined, 2)}\n`, 0o600);
}
