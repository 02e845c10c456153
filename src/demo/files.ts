import { join } from 'node:path';

/** Where the certificate and key of a terminal lie under a data folder. */
export function terminalCertificate(dataDir: string, terminal: string): { cert: string; key: string } {
  const base = join(dataDir, 'tls', 'terminals', terminal);
  return { cert: `${base}.crt`, key: `${base}.key` };
}
