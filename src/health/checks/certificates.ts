import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readPem } from '../../ops/certificate-check.ts';
import { DAY_MS } from '../../ops/clock.ts';
import { ENDING_KINDS, endingsOf } from '../../terminals/index.ts';
import { critical, ok, warning, type Said } from '../finding.ts';
import type { Patient } from '../patient.ts';

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** When what the gateway shows and trusts ends, and what its database knows of: terminals' certificates, keys, licences, roles of updates. */
export async function certificates(patient: Patient): Promise<Said[]> {
  return [...ofFiles(patient), ...(await ofBooks(patient))];
}

function ofFiles({ config, clock, demo }: Patient): Said[] {
  const files = [
    join(config.data, 'tls', 'server.crt'),
    join(config.data, 'tls', 'ca.crt'),
    config.terminalCaCert,
  ].filter((file) => file !== '' && existsSync(file));
  if (files.length === 0)
    return [
      demo ? ok('none yet') : critical(`no certificate lies in ${join(config.data, 'tls')}`, 'put server.crt, server.key and ca.crt there (docs/production.md)'), // prettier-ignore
    ];
  const found = files.flatMap((file) =>
    (readPem(file).match(PEM) ?? []).map((pem) => ({ file, days: daysLeft(pem, clock.now()) })),
  );
  return found.map(({ file, days }) => saidOf(file, days));
}

const SOON_DAYS = 30;

/** One finding a kind, with the first few of it. */
async function ofBooks({ books, config, clock }: Patient): Promise<Said[]> {
  const now = clock.now();
  const ends = await endingsOf(books, { keyDays: config.keyDays, within: SOON_DAYS, now });
  return ENDING_KINDS.flatMap((what) => {
    const some = ends.filter((ending) => ending.what === what);
    if (some.length === 0) return [];
    const names = some
      .slice(0, 3)
      .map(({ name }) => name)
      .join(', ');
    return [warning(`${some.length} × ${what} ends within ${SOON_DAYS} days or has ended: ${names}${some.length > 3 ? ' …' : ''}`, 'GET /api/v1/endings lists them; docs/certificates.md says how each is renewed')]; // prettier-ignore
  });
}

function daysLeft(pem: string, now: number): number {
  return Math.floor((Date.parse(new X509Certificate(pem).validTo) - now) / DAY_MS);
}

function saidOf(file: string, days: number): Said {
  if (days < 0) return critical(`${file} has ended`, 'put a new one there: it is read again on SIGHUP');
  const says = `${file} ends in ${days} days`;
  if (days <= 7) return critical(says, 'put a new one there today: it is read again on SIGHUP');
  return days <= 30 ? warning(says, 'ask for its successor now') : ok(says);
}
