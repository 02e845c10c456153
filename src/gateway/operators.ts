import type pg from 'pg';
import type { ApiOptions, Books } from '../console/index.ts';
import type { PaymentHsm } from '../hsm/index.ts';
import type { Clock } from '../ops/clock.ts';
import { GatewayError } from '../ops/errors.ts';
import type { OwnerKeys } from '../owners/index.ts';
import type { Papers } from '../papers/index.ts';
import { demoLinkCode, type People } from '../people/index.ts';
import type { Jobs } from '../settlement/jobs/index.ts';
import { authorityOf, type Certifying } from '../terminals/certificates/index.ts';
import type { CertificateKeeper } from './certificates.ts';
import { doctorOf } from './doctor.ts';
import type { GatewayOptions } from './options.ts';
import { endingsOfFiles } from './radar.ts';
import { replayDoor } from './replays.ts';

/** What comes up after the operators' door, which opens first: a supervisor sees that the process lives and what it waits for. */
export interface Late {
  /** Of the database, once it is followed; this machine's before. */
  clock: Clock;
  /** Once there are tables, and the key that copies share. */
  people?: People;
  owners?: OwnerKeys;
  hashPan?: (pan: string) => Buffer;
  hsm?: PaymentHsm;
  /** Once there is an HSM. */
  papers?: Papers;
}

export interface OperatorOptions {
  readonly pool: pg.Pool;
  readonly jobs: Jobs;
  readonly certifying: Certifying;
  readonly certificates: CertificateKeeper | undefined;
}

/** Who issues terminals' certificates: an authority within, once there is an HSM, or one outside. */
export function certifyingOf({ config, demo, random }: GatewayOptions, late: Late): Certifying {
  const hsm = (): Promise<PaymentHsm> =>
    late.hsm === undefined
      ? Promise.reject(new GatewayError('api.busy', 'The gateway starts: try again in a moment.'))
      : Promise.resolve(late.hsm);
  return { authority: authorityOf(config, demo, hsm), random: random.bytes };
}

/** What operators get over HTTP in a process that serves `console`. */
export function operatorsDoor(
  options: GatewayOptions,
  late: Late,
  { pool, jobs, certifying, certificates: kept }: OperatorOptions,
): { readonly books: Books; readonly api: ApiOptions } {
  const { config, demo, random, certificates: files, logging } = options;
  const { data } = config;
  const { log } = logging;
  const clock = { ...options.clock, now: () => late.clock.now() };
  return {
    books: { pool, dataDir: data, clock, log },
    api: {
      people: () => late.people,
      papers: () => late.papers,
      owners: () => late.owners,
      hashPan: () => late.hashPan,
      data,
      random,
      log,
      certifying,
      ...(demo ? { demoCode: demoLinkCode(data) } : {}),
      jobs,
      replay: replayDoor(config, demo),
      doctor: doctorOf(options, { pool, clock, hsm: () => late.hsm }),
      radar: {
        keyDays: config.keyDays,
        ofFiles: () => (files === undefined || kept === undefined ? [] : endingsOfFiles(files, kept)),
      },
    },
  };
}
