import { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Pool } from 'pg';
import type { PaymentHsm } from '../hsm/index.ts';
import type { Clock } from '../ops/clock.ts';
import { GatewayError } from '../ops/errors.ts';
import type { Log } from '../ops/log.ts';
import type { Random } from '../ops/random.ts';
import type { SealedPaper } from '../shops/index.ts';
import { MOST_BYTES } from './examine.ts';
import { addingKey, openingKey } from './keys.ts';
import { openPlaces, PLACES, type Place, type PlaceLimits } from './places.ts';
import { paperRefused } from './refusals.ts';
import { digest, openFile, unwrap } from './seal.ts';
import { letGo, openSlabs, type Arriving } from './slabs.ts';
import { openVault } from './vault.ts';
import { openWorkroom, type Workroom, type WorkLimits } from './workroom.ts';

export interface PapersOptions {
  readonly pool: Pool;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly random: Pick<Random, 'uuid'>;
  readonly log: Log;
  /** Undefined: papers are taken here, and read elsewhere (the public door in a process of its own). */
  readonly hsm?: Pick<PaymentHsm, 'generateKey' | 'generateMac'>;
  readonly program?: URL;
  readonly limits?: Partial<WorkLimits & PlaceLimits>;
}

export interface TakenPaper {
  readonly sealed: SealedPaper;
  /** As the last step of the transaction that says so. */
  place(): Promise<void>;
  /** Forgets what was not placed. */
  discard(): Promise<void>;
}

export interface Papers {
  /** Receives, examines, writes again and encrypts a paper. It is on disk, and has no name yet.
   *  @param who uploads: two at once at most; a third takes the place of the slower one, once that had ten seconds
   *  @throws GatewayError `papers.refused` (with `faults`), `papers.busy`, `papers.cut`, `papers.failed`, `papers.key` */
  take(body: Readable, who: string): Promise<TakenPaper>;
  /** @throws GatewayError `papers.missing`, `papers.damaged`, `papers.key` */
  open(sealed: SealedPaper): Promise<Buffer>;
  remove(file: Buffer): Promise<void>;
  /** Removes what was being written when a process died. */
  sweep(): Promise<void>;
  close(): void;
}

const READ_AT_ONCE = 4;
/** Memory that is kept between uploads, MiB: of two papers at their largest. */
const KEPT_MIB = 20;
const LEFT_OVER_MS = 3_600_000;

export function openPapers(options: PapersOptions): Papers {
  const { pool, dataDir, clock, random, hsm } = options;
  const vault = openVault(dataDir);
  const workroom = openWorkroom(options);
  const places = openPlaces(clock, { ...PLACES, ...options.limits });
  const slabs = openSlabs(KEPT_MIB);
  const reading = counter('Too many papers are being read: try again in a moment.');
  const take = async (body: Readable, place: Place): Promise<TakenPaper> => {
    const paper = await received(body, place, slabs.open());
    const part = await vault.part(random.uuid());
    try {
      return taken(vault, part, await worked(workroom, paper, part, await addingKey(pool)));
    } catch (error) {
      await vault.discard(part);
      throw error;
    }
  };
  const open = async (sealed: SealedPaper): Promise<Buffer> => {
    if (hsm === undefined) throw new GatewayError('papers.key', 'Papers are not read in this process.');
    const file = await vault.read(sealed.file);
    const key = unwrap(sealed.wrapped, sealed.content, await openingKey(pool, hsm, sealed.keyId));
    const paper = await openFile(file, key, sealed.content);
    if ((await digest(paper)).equals(sealed.content)) return paper;
    throw new GatewayError('papers.damaged', 'A paper is not the one that was kept. Restore it from its backup.');
  };
  return {
    take: async (body, who) => {
      const place = places.enter(who);
      try {
        return await take(body, place);
      } finally {
        place.leave();
      }
    },
    open: (sealed) => reading(() => open(sealed)),
    remove: (file) => vault.remove(file),
    sweep: () => vault.sweep(clock.now() - LEFT_OVER_MS),
    close: () => {
      workroom.close();
    },
  };
}

async function worked(
  workroom: Workroom,
  paper: Arriving,
  part: string,
  key: { id: number; public: Buffer },
): Promise<SealedPaper> {
  const { media, bytes, pages, ...texts } = await workroom.work(paper, {
    part,
    recipient: key.public.toString('base64'),
  });
  const of = (text: string): Buffer => Buffer.from(text, 'base64');
  const hashes = { source: of(texts.source), content: of(texts.content), file: of(texts.file) };
  return { media, bytes, pages, ...hashes, keyId: key.id, wrapped: of(texts.wrapped) };
}

function taken(vault: ReturnType<typeof openVault>, part: string, sealed: SealedPaper): TakenPaper {
  return {
    sealed,
    place: () => vault.place(part, sealed.file),
    discard: () => vault.discard(part),
  };
}

/** The paper as it came; nothing is hashed here. */
async function received(body: Readable, place: Place, paper: Arriving): Promise<Arriving> {
  try {
    // whoever is refused is still told so: their connection is not cut
    const coming = body.iterator({ destroyOnReturn: false });
    for (;;) {
      const next = (await Promise.race([coming.next(), place.displaced])) as IteratorResult<Buffer, undefined>;
      if (next.done === true) break;
      if (paper.bytes + next.value.length > MOST_BYTES) throw paperRefused('large');
      place.came(next.value.length);
      paper.add(next.value);
      if (body instanceof IncomingMessage) letGo(next.value); // a copy of its own, made for this request
    }
    if (paper.bytes === 0) throw paperRefused('empty');
  } catch (cause) {
    paper.giveBack();
    if (cause instanceof GatewayError) throw cause;
    throw new GatewayError('papers.cut', 'The paper did not come to its end: send it again.', { cause });
  }
  place.arrived();
  return paper;
}

type Counter = <T>(work: () => Promise<T>) => Promise<T>;

function counter(message: string): Counter {
  let all = 0;
  return async (work) => {
    if (all >= READ_AT_ONCE) throw new GatewayError('papers.busy', message);
    all++;
    try {
      return await work();
    } finally {
      all--;
    }
  };
}
