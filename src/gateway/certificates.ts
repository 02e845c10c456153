import { existsSync, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Certificates } from '../ops/certificate-check.ts';
import type { Clock } from '../ops/clock.ts';
import { fileFault, GatewayError, messageOf } from '../ops/errors.ts';
import type { Log } from '../ops/log.ts';
import type { Metrics } from '../ops/metrics.ts';
import { readTls, type TlsTexts } from '../ops/tls-files.ts';
import { readRevocationLists, type RevocationList } from '../terminals/certificates/index.ts';

/** What the gateway serves with: its certificate, the authorities of the terminals', and what those revoked. */
export interface ServedCertificates {
  readonly tls: TlsTexts;
  readonly lists: readonly RevocationList[];
}

export interface CertificateKeeper {
  readonly served: ServedCertificates;
  /** Calls with what is served from then on; sessions that are open stay as they are. */
  onRenewed(take: (served: ServedCertificates) => void): void;
  /** Reads the files again, whether or not they changed.
   *  @throws GatewayError `certificate.invalid`, naming the file; then what was served before is served on */
  reload(): void;
  close(): Promise<void>;
}

/** Files are looked at so often, and taken once they have been the same for as long: whoever replaces three files is not disturbed in the
 *  middle. */
const LOOK_MS = 1_000;

/** Serves what lies in the files, and what is put there later, without a restart.
 *  @throws GatewayError `certificate.invalid` for what lies there now */
export function keepCertificates(
  files: Certificates,
  { clock, log, metrics }: { clock: Clock; log: Log; metrics: Pick<Metrics, 'certificateFilesBroken'> },
): CertificateKeeper {
  const crl = join(dirname(files.ca), 'ca.crl');
  const watched = [files.ca, files.server.cert, files.server.key, crl];
  const read = (): ServedCertificates => {
    const tls = readTls(files, clock.now());
    return { tls, lists: existsSync(crl) ? readRevocationLists(crl, bytesOf(crl), tls.ca) : [] };
  };
  const takers: ((served: ServedCertificates) => void)[] = [];
  let served = read();
  metrics.certificateFilesBroken.set(0);
  const reload = (): void => {
    try {
      served = read();
    } catch (error) {
      metrics.certificateFilesBroken.set(1);
      throw error;
    }
    metrics.certificateFilesBroken.set(0);
    for (const take of takers) take(served);
  };
  let taken: string | undefined;
  let seen: string | undefined;
  const look = async (): Promise<void> => {
    const before = seen;
    seen = await stampOf(watched);
    taken ??= seen;
    if (seen === taken || seen !== before) return;
    taken = seen; // what is wrong is told once, and looked at again when it changes
    reload();
    log.info({ folder: dirname(files.ca) }, 'new certificates are served');
  };
  const loop = clock.every(LOOK_MS, look, {
    first: 'now',
    onError: (error) => {
      log.error({ error: messageOf(error) }, 'new certificates are not taken: those of before are served on');
    },
  });
  return {
    get served() {
      return served;
    },
    onRenewed: (take) => {
      takers.push(take);
    },
    reload,
    close: () => loop.stop(),
  };
}

function bytesOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new GatewayError('certificate.invalid', fileFault(file, 'read', cause), { cause });
  }
}

async function stampOf(files: readonly string[]): Promise<string> {
  const stamps = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
        () => 'none',
      ),
    ),
  );
  return stamps.join('\n');
}
