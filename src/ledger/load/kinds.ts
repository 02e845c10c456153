import { KEY_SCHEMES } from '../../field/key-scheme.ts';
import { columnName } from '../../ops/csv.ts';
import { GUILDS } from '../guilds.ts';
import {
  isoDate,
  matching,
  nationalId,
  oneOf,
  optional,
  pan,
  profile,
  rials,
  sheba,
  text,
  type Check,
} from './checks.ts';

/** A reference file of files.md: its columns, and how rows that stand in the temporary table `staged` (all text, and the
 *  line they came from) are checked against each other and the database, and applied. */
export interface Kind {
  readonly name: string;
  readonly columns: Readonly<Record<string, Check>>;
  /** The column that is staged as a keyed hash (hex), with its masked form beside it as `masked`. */
  readonly secret?: string;
  /** What of the secret may stand beside its hash; unless given, a PAN's masked form. */
  readonly kept?: (secret: string) => string;
  /** What names a row; the same name twice in a file must be the same row. */
  readonly key: readonly string[];
  /** What stops a shop or device: such a row is obeyed whatever else is wrong with it, and of it nothing but that (stops.ts). */
  readonly stop?: Stop;
  /** Queries of (line, field, reason): what does not fit the database. */
  readonly faults: readonly string[];
  /** Statements that apply all rows. They touch only those that say something else than what stands there, and the last
   *  one's count is of those. */
  readonly apply: readonly string[];
}

export interface Stop {
  /** Of column `status`. */
  readonly status: string;
  /** Where it is kept, and by which column. */
  readonly table: string;
  readonly by: string;
  /** The column that holds what files say. */
  readonly kept: string;
}

const household = matching(/^[0-9A-Za-z]{1,20}$/, '1 to 20 letters or digits');
/** DE 42 and 41 are ans: letters and digits, which can also stand in a file's name, a certificate and a payment file. */
const merchant = matching(/^[0-9A-Za-z]{15}$/, '15 letters or digits');
const unit = oneOf('00', '01', '02', 'piece', 'gram', 'millilitre');
const software = matching(/^\d{1,6}(\.\d{1,6}){0,3}$/, 'a version such as 2.10.0');

function unknown(table: string, column: string, field: string): string {
  return `select line, '${field}', 'is not known' from staged s
   where not exists (select 1 from ${table} t where t.${column} = s.${field})`;
}

const periodEnds = `select line, 'valid_to', 'is before valid_from' from staged
   where valid_to <> '' and valid_to < valid_from`;

/** What a shop has shown and two persons have approved, no file changes: else the next file would undo their word, or send the shop's
 *  money and messages elsewhere with nobody's (migrations/0680_capabilities.sql, 0681_changes.sql). */
function proved(field: string, column: string, item: string): string {
  return `select s.line, '${field}', 'differs from what two persons approved for this shop: it changes by a case' from staged s
   join merchants m on m.merchant_id = s.merchant
   where nullif(s.${field}, '') is distinct from m.${column}
     and exists (select from shop_proofs p where p.merchant_id = m.merchant_id and p.code = '${item}')`;
}

const HOUSEHOLDS: Kind = {
  name: 'households',
  columns: {
    household,
    head_national_id: nationalId,
    members: matching(/^[1-9]\d?$/, 'a number from 1 to 99'),
    decile: optional(matching(/^([1-9]|10)$/, 'a number from 1 to 10')),
  },
  secret: 'head_national_id',
  kept: (id) => id.slice(-1), // some charge calendars go by it
  key: ['household'],
  faults: [],
  apply: [
    `insert into households as h (household_id, head_hash, members, decile, head_last_digit)
     select household, decode(head_national_id, 'hex'), members::int, nullif(decile, '')::int, masked::int from staged
     on conflict (household_id) do update
        set head_hash = excluded.head_hash, members = excluded.members, decile = excluded.decile,
            head_last_digit = excluded.head_last_digit
      where (h.head_hash, h.members, h.decile, h.head_last_digit)
            is distinct from (excluded.head_hash, excluded.members, excluded.decile, excluded.head_last_digit)`,
  ],
};

const CARDS: Kind = {
  name: 'cards',
  columns: { pan, household },
  secret: 'pan',
  key: ['pan'],
  faults: [
    unknown('households', 'household_id', 'household'),
    `select line, 'pan', 'is the card of another household' from staged s
       join cards c on c.pan_hash = decode(s.pan, 'hex') where c.household_id <> s.household`,
  ],
  apply: [
    `insert into cards (pan_hash, masked, household_id) select decode(pan, 'hex'), masked, household from staged
     on conflict do nothing`,
  ],
};

const ALLOCATIONS: Kind = {
  name: 'allocations',
  columns: {
    household,
    programme: matching(/^[0-9A-Za-z_-]{1,40}$/, '1 to 40 letters, digits, _ or -'),
    period: matching(/^1[34]\d{2}-(0[1-9]|1[0-2])$/, 'a Jalali year and month such as 1405-09'),
    amount_rials: rials,
    valid_from: isoDate,
    valid_to: isoDate,
  },
  key: ['household', 'programme', 'period'],
  faults: [
    periodEnds,
    unknown('households', 'household_id', 'household'),
    // Who brings programme files keeps the list of programmes: a name that is not in it is a mistake.
    `${unknown('programmes', 'programme_id', 'programme')} and exists (select 1 from programme_files)`,
    `select line, 'amount_rials', 'differs from what was allocated for this period before' from staged s
       join buckets b on b.household_id = s.household and b.programme_id = s.programme and b.period = s.period
      where (b.amount_rials - b.carried_rials, b.valid_from, b.valid_to)
            is distinct from (s.amount_rials::bigint, s.valid_from::date, s.valid_to::date)`,
  ],
  apply: [
    `insert into programmes select distinct programme from staged on conflict do nothing`,
    // The programme's fund owes each household what it may spend: a posting a bucket.
    `with added as (
       insert into buckets (household_id, programme_id, period, amount_rials, valid_from, valid_to)
       select household, programme, period, amount_rials::bigint, valid_from::date, valid_to::date from staged
       on conflict (household_id, programme_id, period) do nothing
       returning household_id, bucket_id, amount_rials)
     insert into postings (household_id, transaction_id, line, business_day, at, kind, bucket_id, programme_fund, household_voucher)
     select household_id, l.id, row_number() over (), l.day, l.at, 'allocation', bucket_id, -amount_rials, amount_rials
       from added, load_of l`,
  ],
};

const MERCHANTS: Kind = {
  name: 'merchants',
  columns: {
    merchant,
    name: text(100),
    guild: oneOf(...GUILDS),
    guild_licence: optional(text(30)),
    owner_national_id: optional((value, known) =>
      value.length === 11 && /^\d+$/.test(value) ? undefined : nationalId(value, known),
    ),
    tax_code: optional(matching(/^\d{8,16}$/, '8 to 16 digits')),
    sheba,
    mobile: optional(matching(/^09\d{9}$/, 'a mobile number such as 09121234567')),
    postal_code: optional(matching(/^[1-9]\d{9}$/, '10 digits that do not begin with 0')),
    status: oneOf('applied', 'approved', 'suspended'),
  },
  key: ['merchant'],
  stop: { status: 'suspended', table: 'merchants', by: 'merchant_id', kept: 'listed_status' },
  faults: [
    proved('sheba', 'sheba', 'sheba'),
    proved('mobile', 'mobile', 'mobile'),
    proved('owner_national_id', 'owner_national_id', 'owner_identity'),
  ],
  apply: [
    `insert into merchants as m (merchant_id, name, guild, guild_licence, owner_national_id, tax_code, sheba, mobile, postal_code, status)
     select merchant, name, guild, nullif(guild_licence, ''), nullif(owner_national_id, ''), nullif(tax_code, ''), sheba,
            nullif(mobile, ''), nullif(postal_code, ''), status from staged
     on conflict (merchant_id) do update
        set name = excluded.name, guild = excluded.guild, guild_licence = excluded.guild_licence,
            owner_national_id = excluded.owner_national_id, tax_code = excluded.tax_code, sheba = excluded.sheba,
            mobile = excluded.mobile, postal_code = excluded.postal_code, status = excluded.status
      where (m.name, m.guild, m.guild_licence, m.owner_national_id, m.tax_code, m.sheba, m.mobile, m.postal_code, m.listed_status)
            is distinct from (excluded.name, excluded.guild, excluded.guild_licence, excluded.owner_national_id,
                              excluded.tax_code, excluded.sheba, excluded.mobile, excluded.postal_code, excluded.status)`,
  ],
};

const TERMINALS: Kind = {
  name: 'terminals',
  columns: {
    terminal: matching(/^[0-9A-Za-z]{8}$/, '8 letters or digits'),
    merchant,
    profile: optional(profile),
    key_scheme: optional(oneOf(...KEY_SCHEMES)),
    software_version: optional(software),
    status: oneOf('active', 'disabled'),
  },
  key: ['terminal'],
  stop: { status: 'disabled', table: 'terminals', by: 'terminal_id', kept: 'status' },
  faults: [unknown('merchants', 'merchant_id', 'merchant')],
  apply: [
    `insert into terminals as t (terminal_id, merchant_id, profile, key_scheme, software_version, status)
     select terminal, merchant, coalesce(nullif(profile, ''), 'native'), nullif(key_scheme, ''), nullif(software_version, ''), status
       from staged
     on conflict (terminal_id) do update
        set merchant_id = excluded.merchant_id, profile = excluded.profile, key_scheme = excluded.key_scheme,
            software_version = excluded.software_version, status = excluded.status
      where (t.merchant_id, t.profile, t.key_scheme, t.software_version, t.status)
            is distinct from (excluded.merchant_id, excluded.profile, excluded.key_scheme, excluded.software_version, excluded.status)`,
  ],
};

const GOODS: Kind = {
  name: 'goods',
  columns: {
    'gtin or goods code': matching(/^\d{1,13}$/, 'a GTIN or a goods code of at most 13 digits'),
    category: oneOf('01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11'),
    name_fa: text(100),
    unit: optional(unit),
    price_cap_rials: optional(rials),
    valid_from: isoDate,
    valid_to: optional(isoDate),
  },
  key: ['gtin or goods code', 'valid_from'],
  faults: [
    periodEnds,
    `select s.line, 'gtin or goods code', 'is the same code as in line ' || min(f.line) from staged s
       join staged f on lpad(f."gtin or goods code", 13, '0') = lpad(s."gtin or goods code", 13, '0') and f.valid_from = s.valid_from
        and f."gtin or goods code" <> s."gtin or goods code" and f.line < s.line group by s.line`,
  ],
  apply: [
    `insert into goods as g (code, category, name_fa, unit, price_cap_rials, valid_from, valid_to)
     select lpad("gtin or goods code", 13, '0'), category, name_fa,
            case unit when '' then null when 'piece' then '00' when 'gram' then '01' when 'millilitre' then '02' else unit end,
            nullif(price_cap_rials, '')::bigint, valid_from::date, coalesce(nullif(valid_to, '')::date, 'infinity')
       from staged
     on conflict (code, valid_from) do update
        set category = excluded.category, name_fa = excluded.name_fa, unit = excluded.unit,
            price_cap_rials = excluded.price_cap_rials, valid_to = excluded.valid_to
      where (g.category, g.name_fa, g.unit, g.price_cap_rials, g.valid_to)
            is distinct from (excluded.category, excluded.name_fa, excluded.unit, excluded.price_cap_rials, excluded.valid_to)`,
  ],
};

/** As the database counts: characters, not UTF-16 units. */
function named(most: number): Check {
  const short = text(most);
  return (value, known) => (Array.from(value).length < 2 ? `must be 2 to ${most} characters` : short(value, known));
}

const DEVICE_MODELS: Kind = {
  name: 'device-models',
  columns: { model: named(60), becomes: oneOf('update', 'replacement'), since: isoDate },
  key: ['model'],
  faults: [],
  apply: [
    `insert into device_models as d (model, becomes, since) select model, becomes, since::date from staged
     on conflict (model) do update set becomes = excluded.becomes, since = excluded.since
      where (d.becomes, d.since) is distinct from (excluded.becomes, excluded.since)`,
  ],
};

/** Devices that PSPs have in the field, by the DE 41 that those gave them: none of them is a terminal of this gateway yet. */
const PSP_TERMINALS: Kind = {
  name: 'psp-terminals',
  columns: {
    number: matching(/^\d{8}$/, '8 digits'),
    psp: named(60),
    model: named(60),
    serial: matching(/^[0-9A-Z]{4,40}$/, '4 to 40 digits or capital letters'),
  },
  key: ['number'],
  faults: [unknown('device_models', 'model', 'model')],
  apply: [
    `insert into psp_terminals as t (number, psp, model, serial) select number, psp, model, serial from staged
     on conflict (number) do update set psp = excluded.psp, model = excluded.model, serial = excluded.serial
      where (t.psp, t.model, t.serial) is distinct from (excluded.psp, excluded.model, excluded.serial)`,
  ],
};

/** What entitles households beside their decile, with its source and days: which charges ask for it, a programme file says. */
const ELIGIBILITY: Kind = {
  name: 'eligibility',
  columns: {
    household,
    flag: matching(/^[a-z][a-z0-9-]{1,39}$/, '2 to 40 small letters, digits and -, as declaration'),
    since: isoDate,
    until: optional(isoDate),
    source: text(100),
  },
  key: ['household', 'flag', 'since'],
  faults: [
    unknown('households', 'household_id', 'household'),
    `select line, 'until', 'is before since' from staged where until <> '' and until < since`,
  ],
  apply: [
    `insert into eligibility as e (household_id, flag, since, until, source)
     select household, flag, since::date, coalesce(nullif(until, '')::date, 'infinity'), source from staged
     on conflict (household_id, flag, since) do update set until = excluded.until, source = excluded.source, noted_on = default, settled = false
      where (e.until, e.source) is distinct from (excluded.until, excluded.source)`,
  ],
};

/** Households that may not spend any more, or may again: who is blocked, and whose head has died. */
const HOUSEHOLD_STATUS: Kind = {
  name: 'household-status',
  columns: {
    household,
    status: oneOf('active', 'blocked', 'expired'),
    reason: optional(matching(/^[a-z-]{2,40}$/, 'small letters and -, as deceased')),
    source: text(100),
  },
  key: ['household'],
  faults: [unknown('households', 'household_id', 'household')],
  apply: [
    `update households h set status = s.status, status_reason = nullif(s.reason, ''), status_source = s.source
       from staged s where h.household_id = s.household
        and (h.status, h.status_reason, h.status_source) is distinct from (s.status, nullif(s.reason, ''), s.source)`,
  ],
};

/** In the order in which one may name what another brings. */
export const KINDS: readonly Kind[] = [
  HOUSEHOLDS,
  CARDS,
  MERCHANTS,
  TERMINALS,
  GOODS,
  ALLOCATIONS,
  ELIGIBILITY,
  HOUSEHOLD_STATUS,
  DEVICE_MODELS,
  PSP_TERMINALS,
];

/** Other names that a header line may give a column. */
const ALIASES: Readonly<Record<string, string>> = {
  gtin: 'gtin or goods code',
  code: 'gtin or goods code',
  goods: 'gtin or goods code',
  goods_code: 'gtin or goods code',
  gtin_or_goods_code: 'gtin or goods code',
};

/** The columns of each reference file, in the order of files.md: for help and documentation. */
export function referenceColumns(): { file: string; columns: string[] }[] {
  return KINDS.map(({ name, columns }) => ({ file: `${name}.csv`, columns: Object.keys(columns) }));
}

/** Whether these names are the header line of a reference file. */
export function isReferenceFile(names: readonly string[]): boolean {
  return typeof kindOf(names) !== 'string';
}

/** The kind of a file by its header line, and where each of the kind's columns stands in it.
 *  @returns what is wrong with the header, as text, where no kind has these columns */
export function kindOf(header: readonly string[]): { kind: Kind; positions: readonly number[] } | string {
  const names = header.map(columnName).map((name) => ALIASES[name] ?? name);
  let closest = { kind: HOUSEHOLDS, missing: Object.keys(HOUSEHOLDS.columns) };
  for (const kind of KINDS) {
    const columns = Object.keys(kind.columns);
    const missing = columns.filter((column) => !names.includes(column));
    if (missing.length === 0 && names.length === columns.length) {
      return { kind, positions: columns.map((column) => names.indexOf(column)) };
    }
    if (missing.length < closest.missing.length) closest = { kind, missing };
  }
  const { kind, missing } = closest;
  if (missing.length === Object.keys(kind.columns).length) {
    return `is not the header of a reference file: those are ${KINDS.map(({ name }) => name).join(', ')}`;
  }
  return missing.length === 0
    ? `has columns that ${kind.name}.csv does not have: it needs ${Object.keys(kind.columns).join(',')}`
    : `is not the header of a reference file (for ${kind.name}.csv it lacks ${missing.join(', ')}; kalabarg credit load --help lists the columns of each)`;
}
