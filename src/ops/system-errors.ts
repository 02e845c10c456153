import { placeText } from '../field/place.ts';

/** What the operating system says of files and networks, in words for a person. */
export interface SystemFault {
  /** Stable, as of a GatewayError. */
  readonly code: string;
  /** What is the matter, without the place: `there is no such file or folder`. */
  readonly reason: string;
  /** What to do about it, a sentence. */
  readonly advice: string;
  /** The file, or `host:port`; empty where the error does not tell. */
  readonly place: string;
}

type Words = readonly [code: string, reason: string, advice: string];

const RIGHTS: Words = ['file.rights', 'this user may not use it', 'Change its rights, or run this as its owner.']; // prettier-ignore
const OF_FILES: Readonly<Record<string, Words>> = {
  ENOENT: ['file.missing', 'there is no such file or folder', 'Check the path.'],
  EACCES: RIGHTS,
  EPERM: RIGHTS,
  EISDIR: ['file.is-folder', 'it is a folder, not a file', 'Name a file.'],
  ENOTDIR: ['file.no-folder', 'a part of its path is a file, not a folder', 'Check the path.'],
  EEXIST: ['file.exists', 'it exists already', 'Choose another name, or move it away.'],
  ENOTEMPTY: ['file.exists', 'the folder is not empty', 'Choose another folder.'],
  ENOSPC: ['file.no-room', 'the disk is full', 'Make room.'],
  EDQUOT: ['file.no-room', 'the quota of the disk is used up', 'Make room.'],
  EROFS: ['file.rights', 'its disk is read-only', 'Name a place on another disk.'],
  EMFILE: ['file.too-many-open', 'this process has too many files open', 'Raise the limit of open files (ulimit -n).'],
  ENFILE: ['file.too-many-open', 'this machine has too many files open', 'Raise its limit of open files.'],
  ELOOP: ['file.path', 'its symbolic links lead in a circle', 'Check the path.'],
  ENAMETOOLONG: ['file.path', 'its name is too long', 'Choose a shorter one.'],
  EIO: ['file.disk', 'its disk reports a fault', 'Check the disk.'],
};
const OF_NETWORKS: Readonly<Record<string, Words>> = {
  ECONNREFUSED: ['network.refused', 'nothing listens there', 'Start it, or check host and port.'],
  ECONNRESET: ['network.ended', 'the other side ended the connection', 'Look at its log.'],
  EPIPE: ['network.ended', 'the other side ended the connection', 'Look at its log.'],
  ENOTFOUND: ['network.unknown', 'there is no such host', 'Check the name.'],
  EAI_AGAIN: ['network.unknown', 'its name cannot be looked up now', 'Check the name server.'],
  ETIMEDOUT: ['network.silent', 'it does not answer', 'Check the network, host and port.'],
  EHOSTUNREACH: ['network.silent', 'there is no way to that host', 'Check the network.'],
  ENETUNREACH: ['network.silent', 'there is no way to that network', 'Check the network.'],
  EADDRINUSE: ['port.taken', 'another program has that port', 'Stop it, or choose another port.'],
  EADDRNOTAVAIL: ['port.taken', 'it is not an address of this machine', 'Choose another address.'],
};

/** @returns undefined for an error that the operating system did not report */
export function systemFaultOf(error: unknown): SystemFault | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('errors' in error && Array.isArray(error.errors)) return systemFaultOf(error.errors[0]); // a name with several addresses
  const {
    code = '',
    path,
    dest,
    address,
    port,
    hostname,
  } = error as Partial<Record<'code' | 'path' | 'dest' | 'address' | 'hostname', string>> & { port?: number };
  // PostgreSQL's and our own errors have codes too, and none of these.
  const words = OF_FILES[code] ?? OF_NETWORKS[code];
  if (words === undefined) return undefined;
  const host = address ?? hostname ?? '';
  const where = port === undefined || host === '' ? host : placeText({ host, port });
  const place = OF_FILES[code] === undefined ? where : (dest ?? path ?? '');
  return { code: words[0], reason: words[1], advice: words[2], place };
}
