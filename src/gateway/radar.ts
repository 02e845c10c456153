import { X509Certificate } from 'node:crypto';
import { dirname, join } from 'node:path';
import type pg from 'pg';
import { Gauge, type Registry } from 'prom-client';
import type { Clock } from '../ops/clock.ts';
import { messageOf } from '../ops/errors.ts';
import type { Log } from '../ops/log.ts';
import type { Loop } from '../ops/repeat.ts';
import type { Certificates } from '../ops/certificate-check.ts';
import { closenessOf, ENDING_KINDS, endingsOf, WARN_DAYS, type Ending, type EndingKind } from '../terminals/index.ts';
import type { CertificateKeeper } from './certificates.ts';

export interface RadarOptions {
  /** Undefined: what the database knows is told by another process (part `jobs`). */
  readonly pool: pg.Pool | undefined;
  readonly certificates: { readonly files: Certificates; readonly kept: CertificateKeeper } | undefined;
  readonly keyDays: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: Registry;
}

const EVERY_MS = 600_000;
/** Names in a line of the log. */
const NAMED = 5;

/** Tells what ends soon, at 90, 30 and 7 days: as metrics always, in the log once a day. Nothing is stopped by it. */
export function watchEndings(options: RadarOptions): Loop {
  const { clock, log, registry } = options;
  const { count, next } = endingMetrics(registry);
  let told = '';
  const look = async (): Promise<void> => {
    const now = clock.now();
    const endings = await all(options, now);
    count.reset();
    next.reset();
    for (const what of kindsOf(options))
      for (const within of [0, ...WARN_DAYS]) count.set({ what, within: String(within) }, 0);
    for (const what of ENDING_KINDS) {
      const first = endings.find((each) => each.what === what && each.endsAt > now);
      if (first !== undefined) next.set({ what }, first.endsAt / 1_000);
    }
    const close = endings.flatMap((each) => {
      const within = closenessOf(each, now);
      return within === undefined ? [] : [{ ...each, within }];
    });
    for (const { what, within } of close) count.inc({ what, within: String(within) });
    const day = new Date(now).toISOString().slice(0, 10);
    if (told !== day) tell(close, log);
    told = day;
  };
  return clock.every(EVERY_MS, look, {
    first: 'now',
    onError: (error) => {
      log.error({ error: messageOf(error) }, 'what ends soon could not be looked at; it is tried again');
    },
  });
}

export function endingMetrics(registry: Registry): { count: Gauge<'what' | 'within'>; next: Gauge<'what'> } {
  const count = new Gauge({
    name: 'kalabarg_ends',
    help: 'How many end within so many days, or have ended (within 0); each is counted once, where it is closest',
    labelNames: ['what', 'within'] as const,
    registers: [registry],
  });
  const next = new Gauge({
    name: 'kalabarg_ends_next_timestamp_seconds',
    help: 'When the next one ends that has not ended yet, of those that end within a year, Unix time',
    labelNames: ['what'] as const,
    registers: [registry],
  });
  return { count, next };
}

function kindsOf({ pool, certificates }: RadarOptions): EndingKind[] {
  const ofFiles: readonly EndingKind[] = ['server-certificate', 'authority', 'revocation-list'];
  return ENDING_KINDS.filter((what) => (ofFiles.includes(what) ? certificates !== undefined : pool !== undefined));
}

async function all({ pool, certificates, keyDays }: RadarOptions, now: number): Promise<Ending[]> {
  const ofFiles = certificates === undefined ? [] : endingsOfFiles(certificates.files, certificates.kept);
  const kept = pool === undefined ? [] : await endingsOf(pool, { keyDays, within: 366, now });
  return [...ofFiles, ...kept].sort((one, other) => one.endsAt - other.endsAt);
}

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Of what this process serves with. */
export function endingsOfFiles({ ca, server }: Certificates, { served }: CertificateKeeper): Ending[] {
  const endOf = (pem: string): number => Date.parse(new X509Certificate(pem).validTo);
  const [own] = served.tls.cert.match(PEM) ?? [];
  const authorities = (served.tls.ca.match(PEM) ?? []).map((pem) => {
    const subject = new X509Certificate(pem).subject.replaceAll('\n', ', ');
    return { what: 'authority' as const, name: `${ca}: ${subject}`, endsAt: endOf(pem) };
  });
  const lists = served.lists.flatMap(({ issuer, nextUpdate }) =>
    nextUpdate === undefined
      ? []
      : [{ what: 'revocation-list' as const, name: `${join(dirname(ca), 'ca.crl')}: ${issuer}`, endsAt: nextUpdate }],
  );
  return [
    ...(own === undefined ? [] : [{ what: 'server-certificate' as const, name: server.cert, endsAt: endOf(own) }]),
    ...authorities,
    ...lists,
  ];
}

/** A line for each kind and closeness, with the first few of them. */
function tell(close: readonly (Ending & { readonly within: number })[], log: Log): void {
  for (const what of ENDING_KINDS)
    for (const within of [0, 7, 30, 90]) {
      const some = close.filter((each) => each.what === what && each.within === within);
      if (some.length === 0) continue;
      const first = some
        .slice(0, NAMED)
        .map(({ name, endsAt }) => `${name}: ${new Date(endsAt).toISOString().slice(0, 10)}`);
      const line = { what, count: some.length, first };
      const text = within === 0 ? 'has ended' : `ends within ${within} days`;
      if (within <= 7) log.error(line, text);
      else log.warn(line, text);
    }
}
