import { GatewayError, messageOf, sqlStateOf } from '../ops/errors.ts';

/** What the operating system says, as a person would. */
const OF_FILES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'this user may not read or write it',
  EPERM: 'this user may not do that to it',
  EISDIR: 'it is a folder, and a file is wanted',
  ENOTDIR: 'a part of its path is a file, and a folder is wanted',
  EEXIST: 'it is there already',
  ENOTEMPTY: 'the folder is not empty',
  ENOSPC: 'the disk is full',
  EROFS: 'the disk is read-only',
  EMFILE: 'this process has too many files open',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
};
const OF_NETWORKS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the other side ended the connection',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its name cannot be looked up now',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no way to that host',
  EADDRINUSE: 'another program has that port',
  EADDRNOTAVAIL: 'it is no address of this machine',
};

/** PostgreSQL: the role has no right to do that (docs/decisions/0024). */
const NOT_ALLOWED = '42501';

/** What went wrong as one sentence for a person, or undefined for a fault of this program itself. */
export function sentenceOf(error: unknown): string | undefined {
  if (error instanceof GatewayError) return error.message;
  if (!(error instanceof Error)) return undefined;
  if (error instanceof AggregateError) return sentenceOf(error.errors[0]);
  const {
    code = '',
    path,
    dest,
    address,
    port,
    hostname,
  } = error as Partial<Record<'code' | 'path' | 'dest' | 'address' | 'hostname', string>> & { port?: number };
  const file = OF_FILES[code];
  if (file !== undefined && path !== undefined) return `${dest ?? path}: ${file} (${code}).`;
  const network = OF_NETWORKS[code];
  if (network !== undefined) {
    const place = [address ?? hostname, port].filter((part) => part !== undefined).join(':');
    return `${place === '' ? 'The connection' : place}: ${network} (${code}).`;
  }
  if (file !== undefined) return `${file[0]?.toUpperCase() ?? ''}${file.slice(1)} (${code}).`;
  if (sqlStateOf(error) === NOT_ALLOWED)
    return `The database says: ${error.message}. What only its owner may do needs the owner's URL in KALABARG_OWNER_DATABASE_URL.`;
  if (sqlStateOf(error) !== undefined) return `The database says: ${error.message} (${code}).`;
  // Of the codec, the HSM and whatever else says what to do: their names end so, and their codes have a part for it.
  return error.name === 'CodecError' || /^[a-z0-9-]+\.[a-z0-9.-]+$/.test(code) ? error.message : undefined;
}

/** Tells a person, or with `--json` a program, what went wrong, on standard error. */
export function tellFault(error: unknown, json = process.argv.includes('--json')): void {
  const sentence = sentenceOf(error);
  if (json) {
    const code = (error as { code?: unknown } | null)?.code;
    console.error(
      JSON.stringify({
        error: { code: typeof code === 'string' ? code : 'fault', message: sentence ?? messageOf(error) },
      }),
    );
    return;
  }
  if (sentence !== undefined) console.error(`kalabarg: ${sentence}`);
  else {
    console.error('kalabarg: a fault of this program; please report it with what follows.');
    console.error(error instanceof Error ? (error.stack ?? error.message) : messageOf(error));
  }
}
