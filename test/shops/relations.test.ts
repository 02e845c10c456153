import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { openPool, transaction } from '../../src/ops/database.ts';
import type { Actor } from '../../src/people/index.ts';
import { actOnOwnCase, beginOwnCase, positionOf, readCase, relationsOf, type KeptCase } from '../../src/shops/index.ts';
import type { Link, Match } from '../../src/shops/case/relations.ts';
import { testSheba } from '../settlement/support/books.ts';
import { addActor } from '../support/people.ts';
import { doorLogin, gatewayLogin, temporaryPostgres } from '../support/postgres.ts';
import { actAs } from '../support/shops.ts';
import { decideStanding } from './support/standing.ts';

/** Whom a case is related to. Owners apply with the rights of the public door; reviewers decide with those of the gateway. */
const NOW = Date.parse('2026-11-21T08:00:00Z'); // rules 1405-1: nothing else waits for papers
let server: EmbeddedPostgres;
let owner: pg.Pool;
let door: pg.Pool;
let pool: pg.Pool;
let reviewers: readonly [Actor & { id: string }, Actor & { id: string }];

beforeAll(async () => {
  server = await temporaryPostgres();
  owner = openPool(server.url, 2);
  door = openPool(await doorLogin(server.url), 3);
  pool = openPool(await gatewayLogin(server.url), 2);
  for (const each of [owner, door, pool]) each.on('error', () => undefined);
  reviewers = [await addActor(owner, 'sara', ['reviewer']), await addActor(owner, 'reza', ['reviewer'])];
  const parties = ['plain', 'refused', 'disqualified', 'linked'] as const;
  for (const party of parties) others[party] = await PARTIES[party]();
});
afterAll(async () => {
  await Promise.all([door.end(), pool.end(), owner.end()]);
  await server.stop();
});

/** What a shop types. `mobile` is the owner's, `applicant` whose telephone sends it. */
interface Typed {
  readonly nationalId: string;
  readonly sheba: string;
  readonly mobile: string;
  readonly postalCode: string;
  readonly licence: string;
  readonly serial: string;
  readonly applicant: string;
}
let shops = 0;
/** Like no other shop. */
function typed(): Typed {
  const n = ++shops;
  const digits = `0${10_000_000 + n}`;
  const sum = Array.from(digits).reduce((all, digit, i) => all + Number(digit) * (10 - i), 0) % 11;
  return {
    nationalId: `${digits}${sum < 2 ? sum : 11 - sum}`,
    sheba: testSheba(n),
    mobile: `0912${1_000_000 + n}`,
    postalCode: String(1_111_100_000 + n),
    licence: String(10_000_000_000 + n),
    serial: `SN${n}`,
    applicant: `0935${1_000_000 + n}`,
  };
}
const SHARED: Readonly<Record<Exclude<Link, 'tax_code' | 'terms' | 'relations' | 'paper'>, keyof Typed>> = {
  owner_identity: 'nationalId',
  sheba: 'sheba',
  mobile: 'mobile',
  address: 'postalCode',
  guild_licence: 'licence',
  terminal: 'serial',
  uploader: 'applicant',
};
const LINKS = Object.keys(SHARED) as (keyof typeof SHARED)[];

type OwnRequest = Parameters<typeof actOnOwnCase>[2];
function asOwner(kept: KeptCase, what: OwnRequest): Promise<KeptCase> {
  const proved = { mobile: kept.applicantMobile ?? '', session: '1' };
  return transaction(door, (db) => actOnOwnCase(db, { number: kept.number, seen: kept.version }, what, proved, NOW));
}

async function typedCase(what: Typed): Promise<KeptCase> {
  const proved = { mobile: what.applicant, session: '1' };
  const form = { name: 'سوپرمارکت امید', guild: 'supermarket', key: randomBytes(12).toString('hex') };
  let kept = await transaction(door, (db) => beginOwnCase(db, form, proved, NOW));
  const values = {
    guild_licence: { number: what.licence, issuer: 'اتاق اصناف', issued: '2025-03-21', ends: '2029-03-20' },
    owner_identity: { nationalId: what.nationalId, name: 'حسن رضایی' },
    tax_code: { code: '1234567890' },
    sheba: { sheba: what.sheba },
    mobile: { number: what.mobile },
    address: { postalCode: what.postalCode, text: 'تهران، خیابان آزادی، پلاک ۱' },
    terminal: { wish: 'own', serial: what.serial },
    terms: { version: '1405-1' },
  };
  for (const [code, value] of Object.entries(values))
    kept = await asOwner(kept, { kind: 'fill', code: code as 'terms', value });
  return kept;
}
const sentCase = async (what: Typed): Promise<KeptCase> => asOwner(await typedCase(what), { kind: 'submit' });

async function signed(sent: KeptCase, verdict: 'approve' | 'refuse'): Promise<KeptCase> {
  let kept = sent;
  if (verdict === 'approve') kept = await accepted(kept);
  for (const reviewer of reviewers) kept = await actAs(pool, reviewer, kept, { kind: 'sign', verdict }, NOW);
  return kept;
}
async function accepted(sent: KeptCase): Promise<KeptCase> {
  let kept = sent;
  for (const { code, state } of sent.items)
    if (state === 'unknown' || state === 'failed')
      kept = await actAs(pool, reviewers[0], kept, { kind: 'judge', code, event: 'accept' }, NOW);
  return kept;
}
const decided = (merchant: string | undefined, stand: Omit<Parameters<typeof decideStanding>[3], 'state'> = {}) =>
  decideStanding(owner, merchant ?? '', [reviewers[0].id, reviewers[1].id], { state: 'DISQUALIFIED', ...stand });

/** Shops that others share something with. */
interface Other {
  readonly said: Typed;
  readonly kept: KeptCase;
}
const others: Partial<Record<keyof typeof PARTIES, Other>> = {};
async function approved(): Promise<Other> {
  const said = typed();
  return { said, kept: await signed(await sentCase(said), 'approve') };
}
const PARTIES = {
  plain: approved,
  refused: async (): Promise<Other> => {
    const said = typed();
    return { said, kept: await signed(await sentCase(said), 'refuse') };
  },
  disqualified: async (): Promise<Other> => {
    const other = await approved();
    await decided(other.kept.merchantId);
    return other;
  },
  /** Its own case shares an owner with a disqualified shop, and nobody has accepted that. */
  linked: async (): Promise<Other> => {
    const { said } = await PARTIES.disqualified();
    const linked = { ...typed(), nationalId: said.nationalId };
    return { said: { ...linked, nationalId: 'nobody’s' }, kept: await sentCase(linked) };
  },
} as const;

const relations = (kept: KeptCase) => {
  const item = kept.items.find(({ code }) => code === 'relations');
  const matches = (item?.value?.['matches'] ?? []) as Match[];
  return { state: item?.state, reason: item?.reason, matches };
};
const STOPPED = {
  plain: 'duplicate',
  refused: 'duplicate',
  disqualified: 'disqualified_party',
  linked: 'disqualified_party',
} as const;

test('a shop that shares nothing with another has met it', async () => {
  expect(relations(await sentCase(typed()))).toEqual({ state: 'met', reason: undefined, matches: [] });
});

const table = (Object.keys(STOPPED) as (keyof typeof STOPPED)[]).flatMap((party) =>
  LINKS.filter((link) => party !== 'linked' || link !== 'owner_identity').map((link) => [link, party] as const),
);
test.each(table)('the same %s as a %s party is found, and named so', async (link, party) => {
  const { said, kept } = others[party]!;
  const mine = await sentCase({ ...typed(), [SHARED[link]]: said[SHARED[link]] });
  const { state, reason, matches } = relations(mine);
  expect({ state, reason }).toEqual({ state: 'failed', reason: STOPPED[party] });
  const match = { item: link, case: kept.number, ...(party === 'plain' ? {} : { party }) };
  expect(matches.filter((one) => one.case !== undefined)).toEqual([match]);
  expect(positionOf(mine.facts, NOW).waiting).toMatchObject({ on: 'reviewer' });
});

test.each([
  ['as it came', 'source_sha256'],
  ['saved again, and the same once it is kept', 'sha256'],
])('the same paper is found: %s', async (_, same) => {
  const keys = await owner.query<{ id: number }>(
    `insert into paper_keys (public, sealed, hsm_key) values ($1, '', '{}') returning key_id as id`,
    [randomBytes(32)],
  );
  const hashes = { source_sha256: randomBytes(32), sha256: randomBytes(32) };
  const give = ({ id }: KeptCase, other: Partial<typeof hashes>) => {
    const { source_sha256: source, sha256: kept } = { ...hashes, ...other };
    return owner.query(
      `insert into shop_papers (case_id, item, kind, media, bytes, pages, source_sha256, sha256, file_sha256, key_id, wrapped, uploaded_at)
       values ($1, 'guild_licence', 'guild_licence', 'image/jpeg', 9, 1, $2, $3, $4, $5, $6, now())`,
      [id, source, kept, randomBytes(32), keys.rows[0]?.id, randomBytes(92)],
    );
  };
  await give(others.disqualified!.kept, {});
  const mine = await typedCase(typed());
  await give(mine, same === 'sha256' ? { source_sha256: randomBytes(32) } : { sha256: randomBytes(32) });
  const { reason, matches } = relations(await asOwner(mine, { kind: 'submit' }));
  expect({ reason, matches }).toEqual({
    reason: 'disqualified_party',
    matches: [{ item: 'paper', case: others.disqualified!.kept.number, party: 'disqualified' }],
  });
});

test.each<[link: keyof typeof SHARED, column: string]>([
  ['owner_identity', 'owner_national_id'],
  ['sheba', 'sheba'],
  ['mobile', 'mobile'],
  ['address', 'postal_code'],
  ['guild_licence', 'guild_licence'],
  ['uploader', 'mobile'],
])(
  'the same %s as a shop that a file brought is found; once it is disqualified, a person decides',
  async (link, column) => {
    const merchant = String(800_000_000_000_000 + ++shops);
    const bare = { sheba: testSheba(500_000 + shops), [column]: typed()[SHARED[link]] };
    await owner.query(
      `insert into merchants (merchant_id, name, guild, status, sheba) values ($1, 'فروشگاه فهرست', 'dairy', 'approved', $2)`,
      [merchant, bare.sheba],
    );
    await owner.query(`update merchants set ${column} = $2 where merchant_id = $1`, [merchant, bare[column]]);
    const shared = { [SHARED[link]]: bare[column] };
    const match = { item: link, merchant };
    expect(relations(await sentCase({ ...typed(), ...shared }))).toEqual({
      state: 'failed',
      reason: 'duplicate',
      matches: [{ ...match, status: 'approved' }],
    });
    await decided(merchant);
    const { reason, matches } = relations(await sentCase({ ...typed(), ...shared }));
    expect(reason).toBe('disqualified_party');
    expect(matches).toContainEqual({ item: link, party: 'disqualified', merchant, status: 'suspended' });
  },
);

test('the serial of a device that a shop was given, and nobody typed, is found', async () => {
  const { kept } = others.disqualified!;
  await owner.query(
    `insert into devices (case_id, merchant_id, kind, said_serial, asked_at, assigned_at) values ($1, $2, 'new', 'GIVEN1', now(), now())`,
    [kept.id, kept.merchantId],
  );
  const { matches } = relations(await sentCase({ ...typed(), serial: 'GIVEN1' }));
  expect(matches).toEqual([{ item: 'terminal', case: kept.number, party: 'disqualified' }]);
});

test.each<[what: string, arrange: (merchant: string) => Promise<unknown>, reason: string]>([
  ['only one person has said it', (merchant) => decided(merchant, { unconfirmed: true }), 'duplicate'],
  ['it has ended', (merchant) => decided(merchant, { at: Date.now() - 9e6, until: Date.now() - 9e5 }), 'duplicate'],
  ['it ends later', (merchant) => decided(merchant, { until: Date.now() + 9e6 }), 'disqualified_party'],
  [
    'two persons took it back',
    async (merchant) => {
      await decided(merchant);
      await decideStanding(owner, merchant, [reviewers[0].id, reviewers[1].id], { state: 'ACTIVE', at: Date.now() });
    },
    'duplicate',
  ],
  [
    'it was taken back, and said again',
    async (merchant) => {
      await decideStanding(owner, merchant, [reviewers[0].id, reviewers[1].id], {
        state: 'ACTIVE',
        at: Date.now() - 9e6,
      });
      await decided(merchant);
    },
    'disqualified_party',
  ],
  [
    'the shop closed after it',
    async (merchant) => {
      await decided(merchant);
      await decideStanding(owner, merchant, [reviewers[0].id, reviewers[1].id], { state: 'CLOSED', at: Date.now() });
    },
    'disqualified_party',
  ],
])('of a disqualification counts what is in force: %s', async (_, arrange, reason) => {
  const { said, kept } = await approved();
  await arrange(kept.merchantId ?? '');
  expect(relations(await sentCase({ ...typed(), sheba: said.sheba })).reason).toBe(reason);
});

test('a case that was withdrawn counts no more, unless a disqualified party stopped it', async () => {
  const [plain, stopped] = [typed(), { ...typed(), nationalId: others.disqualified!.said.nationalId }];
  for (const said of [plain, stopped]) await asOwner(await sentCase(said), { kind: 'withdraw' });
  expect(relations(await sentCase({ ...typed(), sheba: plain.sheba })).state).toBe('met');
  expect(relations(await sentCase({ ...typed(), sheba: stopped.sheba })).reason).toBe('disqualified_party');
});

test('what nobody has sent is nobody’s word', async () => {
  const draft = typed();
  await typedCase(draft);
  expect(relations(await sentCase({ ...typed(), sheba: draft.sheba })).state).toBe('met');
});

test('of two that are sent at the same time, one is told of the other', async () => {
  const sheba = testSheba(900_001);
  const drafts = [await typedCase({ ...typed(), sheba }), await typedCase({ ...typed(), sheba })];
  const sent = await Promise.all(drafts.map((draft) => asOwner(draft, { kind: 'submit' })));
  expect(sent.map((kept) => relations(kept).state).sort()).toEqual(['failed', 'met']);
});

test('a person who accepts the relation lets the case go on; then nobody stands in the way of others by it', async () => {
  const said = { ...typed(), nationalId: others.disqualified!.said.nationalId };
  const kept = await signed(await sentCase(said), 'approve');
  expect(positionOf(kept.facts, NOW).state).toBe('APPROVED');
  expect(relations(await sentCase({ ...typed(), sheba: said.sheba })).reason).toBe('duplicate');
});

test.each(['accept', 'waive'] as const)(
  'a party that is disqualified after a person did %s stops the approval, and nothing is signed; a person sees it and decides',
  async (event) => {
    const other = await approved();
    let kept = await sentCase({ ...typed(), postalCode: other.said.postalCode });
    kept = await actAs(pool, reviewers[0], kept, { kind: 'judge', code: 'relations', event, ...(event === 'waive' ? { reason: 'other' as const } : {}) }, NOW); // prettier-ignore
    kept = await accepted(kept);
    kept = await actAs(pool, reviewers[0], kept, { kind: 'sign', verdict: 'approve' }, NOW);
    expect(positionOf(kept.facts, NOW).state).toBe('REVIEW_2');
    await decided(other.kept.merchantId);
    kept = await actAs(pool, reviewers[1], kept, { kind: 'sign', verdict: 'approve' }, NOW);
    expect(relations(kept)).toMatchObject({ state: 'failed', reason: 'disqualified_party' });
    expect([positionOf(kept.facts, NOW).state, kept.facts.reviews, kept.merchantId]).toEqual([
      'REVIEW_1',
      [],
      undefined,
    ]);
    const { rows } = await owner.query(`select act from audit where object = $1 order by seq desc limit 1`, [
      `case:${kept.id}`,
    ]);
    expect(rows).toEqual([{ act: 'case.stopped' }]);
    // what they have seen now, they may accept
    expect(positionOf((await signed(kept, 'approve')).facts, NOW).state).toBe('APPROVED');
  },
);

test('a Sheba that was mistyped as somebody else’s and is put right leaves no relation; another one’s brings one', async () => {
  const right = typed();
  let kept = await sentCase({ ...right, sheba: others.disqualified!.said.sheba });
  const again = (sheba: string) => async (): Promise<KeptCase> => {
    kept = await actAs(
      pool,
      reviewers[0],
      kept,
      { kind: 'judge', code: 'sheba', event: 'ask', reason: 'not_the_owner' },
      NOW,
    );
    return asOwner(kept, { kind: 'fill', code: 'sheba', value: { sheba } });
  };
  kept = await again(right.sheba)();
  expect(relations(kept)).toEqual({ state: 'met', reason: undefined, matches: [] });
  kept = await again(others.plain!.said.sheba)();
  expect(relations(kept).reason).toBe('duplicate');
  kept = await actAs(pool, reviewers[0], kept, { kind: 'judge', code: 'relations', event: 'accept' }, NOW);
  kept = await again(right.sheba)(); // nothing new: what was accepted stands
  expect(relations(kept).state).toBe('met');
  kept = await again(others.disqualified!.said.sheba)();
  expect(relations(kept).reason).toBe('disqualified_party');
});

test('the reviewer sees each relation with why, and how the other party stands', async () => {
  const { said, kept: other } = others.disqualified!;
  const mine = await sentCase({ ...typed(), sheba: said.sheba, postalCode: others.refused!.said.postalCode });
  const found = await transaction(pool, async (db) => relationsOf(db, await readCase(db, mine.id)));
  const ofDisqualified = {
    item: 'sheba',
    why: { fa: 'شبا یکی است', en: 'the same Sheba' },
    name: 'سوپرمارکت امید',
    standing: 'DISQUALIFIED',
    party: 'disqualified',
    because: { fa: 'آن فروشگاه از طرح کنار گذاشته شده است', en: 'that shop is disqualified' },
    decision: 'decided by a test',
  };
  const refused = others.refused!.kept.number;
  expect(found.filter((one) => one.case === other.number || one.merchant !== null || one.case === refused)).toEqual([
    { ...ofDisqualified, case: other.number, merchant: null, state: 'APPROVED' },
    { ...ofDisqualified, case: null, merchant: other.merchantId, state: 'approved' },
    {
      item: 'address',
      why: { fa: 'کد پستی یکی است', en: 'the same postal code' },
      case: refused,
      merchant: null,
      name: 'سوپرمارکت امید',
      state: 'REFUSED',
      standing: null,
      party: 'refused',
      because: { fa: 'آن پرونده رد شده است', en: 'that case was refused' },
      decision: null,
    },
  ]);
});
