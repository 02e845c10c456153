import { createHash } from 'node:crypto';
import { DEMO_EXPIRY, DEMO_HOUSEHOLDS, DEMO_PIN, demoPan } from '../../demo/index.ts';
import { tehran } from '../../ops/clock.ts';
import { maskPan } from '../../field/pan.ts';
import type { Entry } from './journal.ts';

export interface Account {
  readonly household: number;
  readonly pan: string;
  readonly pin: string;
  /** YYMM */
  readonly expiry: string;
  balanceRials: bigint;
  /** Wrong PINs in a row today. */
  pinTries: number;
  /** Tehran day the two below belong to. */
  day: string;
  spentTodayRials: bigint;
  /** Answers every authorisation with this code, whatever the request. */
  always: string | undefined;
  /** Takes authorisations, and never answers them. */
  mute: boolean;
}

export interface Limits {
  readonly perPurchaseRials: bigint;
  readonly perDayRials: bigint;
  /** Contactless without a PIN up to this. */
  readonly contactlessRials: bigint;
  /** Wrong PINs in a row before 75, until the next day. */
  readonly pinTries: number;
}

/** Above what the demo programme can spend, so that limits show only when they are lowered. */
export const DEMO_LIMITS: Limits = {
  perPurchaseRials: 1_000_000_000n,
  perDayRials: 2_000_000_000n,
  contactlessRials: 1_000_000_000n,
  pinTries: 3,
};

const OPENING_RIALS = 50_000_000n;
/** wire.md 8, special households. */
const ALWAYS: Readonly<Record<number, string>> = { 901: '51', 902: '55', 903: '91' };
const MUTE = 904;

/** An authorisation (0100, 0200) as the issuer sees it. */
export interface Authorisation {
  readonly mti: string;
  readonly processingCode: string;
  readonly pan: string;
  readonly expiry: string | undefined;
  readonly amountRials: bigint;
  readonly voucherRials: bigint;
  readonly posEntryMode: string;
  readonly pin: 'absent' | { readonly clear: string | undefined };
  readonly identity: Identity;
  /** A code of the fault script, instead of a decision. */
  readonly forcedRc: string | undefined;
}

/** Who sent a request, and which: terminal, STAN and DE 7 name it. */
export interface Identity {
  readonly terminal: string;
  readonly merchant: string;
  readonly stan: string;
  readonly transmission: string;
  readonly localDateTime: string;
  readonly rrn: string;
}

/** An 0420 or 0220: what it says of its original (DE 90) and, of a reversal, how much goes back. */
export interface Advice {
  readonly mti: string;
  readonly processingCode: string;
  readonly amountRials: bigint;
  /** DE 95: what stays charged after a partial reversal. */
  readonly correctedRials: bigint | undefined;
  readonly originalStan: string;
  readonly originalTransmission: string;
  readonly identity: Identity;
}

/** An issuer: accounts, and every decision as a journal entry. The state is what the entries add up to: replaying the
 *  journal gives it again. */
export class Issuer {
  readonly #accounts = new Map<number, Account>();
  readonly #byPan = new Map<string, Account>();
  readonly #decided = new Map<string, Entry>();
  /** What of an original is still charged (+) or credited (-). */
  readonly #open = new Map<string, bigint>();
  /** Originals that were reversed before they came. */
  readonly #tombstones = new Set<string>();
  readonly #limits: Limits;
  #seq = 0;

  constructor(limits: Limits, entries: readonly Entry[]) {
    this.#limits = limits;
    for (let household = 1; household <= DEMO_HOUSEHOLDS; household++) {
      const account = openAccount(household);
      this.#accounts.set(household, account);
      this.#byPan.set(account.pan, account);
    }
    for (const entry of entries) this.apply(entry);
  }

  get accounts(): readonly Account[] {
    return [...this.#accounts.values()];
  }

  account(household: number): Account | undefined {
    return this.#accounts.get(household);
  }

  accountOf(pan: string): Account | undefined {
    return this.#byPan.get(pan);
  }

  /** Decides an authorisation. The same request again gives the first decision (`repeat`), and moves nothing.
   *  The caller appends the entry to the journal and applies it. */
  authorise(request: Authorisation, now: number): { readonly entry: Entry; readonly repeat: boolean } {
    const before = this.#decided.get(keyOf(request.mti, request.identity));
    if (before !== undefined) return { entry: before, repeat: true };
    const account = this.#byPan.get(request.pan);
    const { rc, pin } = this.#verdict(request, account, now);
    const refund = request.processingCode.startsWith('20');
    const purchase = request.processingCode.startsWith('00');
    const sign = refund ? 1n : purchase ? -1n : 0n;
    const moves = rc === '00' && request.mti.startsWith('02') ? sign * request.amountRials : 0n;
    const kind = request.mti.startsWith('01') ? 'pin-check' : refund ? 'refund' : purchase ? 'purchase' : 'inquiry';
    const entry = this.#entry(request, account, now, { kind, rc, pin, movedRials: String(moves) });
    return { entry, repeat: false };
  }

  /** Decides an 0420 or 0220. A reversal before its original is remembered, and refuses the original. */
  advise(advice: Advice, now: number): { readonly entry: Entry; readonly repeat: boolean } {
    const before = this.#decided.get(keyOf(advice.mti, advice.identity));
    if (before !== undefined) return { entry: before, repeat: true };
    const { terminal } = advice.identity;
    const key = `${terminal}|${advice.originalStan}|${advice.originalTransmission}`;
    const original = this.#decided.get(`02|${key}`) ?? this.#decided.get(`01|${key}`);
    const account = original === undefined ? undefined : this.#accounts.get(original.account);
    const known = original !== undefined;
    if (advice.mti.startsWith('0220')) {
      const rc = original?.rc === '00' ? '00' : '25';
      return { entry: this.#entry(advice, account, now, { kind: 'advice', rc, original: key }), repeat: false };
    }
    const moves = known ? this.#givesBack(advice, key, original) : 0n;
    const changes = { kind: 'reversal', rc: known ? '00' : '25', movedRials: String(moves), original: key } as const;
    return { entry: this.#entry(advice, account, now, changes), repeat: false };
  }

  /** Sets a balance, or what an account always answers, from outside. */
  adjust(account: Account, balanceRials: bigint, now: number): Entry {
    const nobody = { terminal: '', merchant: '', stan: '', transmission: '', localDateTime: '', rrn: '' };
    const request = { mti: '', processingCode: '', amountRials: 0n, identity: nobody };
    const movedRials = String(balanceRials - account.balanceRials);
    return this.#entry(request, account, now, { kind: 'adjustment', movedRials });
  }

  /** Takes an entry into the state: after its decision, and at every start for every entry of the journal. */
  apply(entry: Entry): void {
    this.#seq = Math.max(this.#seq, entry.seq);
    if (entry.kind !== 'adjustment') this.#decided.set(keyOf(entry.mti, entry), entry);
    const account = this.#accounts.get(entry.account);
    const moved = BigInt(entry.movedRials);
    if (account !== undefined) {
      this.#newDay(account, Date.parse(entry.at));
      account.balanceRials += moved;
      if (entry.kind === 'purchase') account.spentTodayRials -= moved;
      if (entry.pin !== 'none') account.pinTries = entry.pin === 'wrong' ? account.pinTries + 1 : 0;
    }
    const own = `${entry.terminal}|${entry.stan}|${entry.transmission}`;
    if (entry.kind === 'reversal') {
      if (entry.rc === '25') this.#tombstones.add(entry.original);
      this.#open.set(entry.original, (this.#open.get(entry.original) ?? 0n) + moved);
    } else if (moved !== 0n) this.#open.set(own, moved);
  }

  #verdict(request: Authorisation, account: Account | undefined, now: number): Pick<Entry, 'rc' | 'pin'> {
    const without = (rc: string): Pick<Entry, 'rc' | 'pin'> => ({ rc, pin: 'none' });
    const { terminal, stan, transmission } = request.identity;
    if (request.forcedRc !== undefined) return without(request.forcedRc);
    if (this.#tombstones.has(`${terminal}|${stan}|${transmission}`)) return without('68');
    if (account === undefined) return without('14');
    this.#newDay(account, now);
    if (account.always !== undefined) return without(account.always);
    if (!['00', '20', '31', '33'].includes(request.processingCode.slice(0, 2))) return without('12');
    if ((request.expiry ?? account.expiry) !== account.expiry || account.expiry < yearMonth(now)) return without('54');
    if (request.pin === 'absent') {
      const needless = request.posEntryMode.startsWith('07') && request.amountRials <= this.#limits.contactlessRials;
      const rc = needless || request.processingCode.startsWith('20') ? this.#funds(request, account) : '55';
      return without(rc);
    }
    if (account.pinTries >= this.#limits.pinTries) return without('75');
    if (request.pin.clear !== account.pin) return { rc: '55', pin: 'wrong' };
    return { rc: this.#funds(request, account), pin: 'good' };
  }

  #funds(request: Authorisation, account: Account): string {
    if (!request.processingCode.startsWith('00') || !request.mti.startsWith('02')) return '00';
    if (request.amountRials <= 0n) return '13';
    if (request.amountRials > this.#limits.perPurchaseRials) return '61';
    if (account.spentTodayRials + request.amountRials > this.#limits.perDayRials) return '61';
    return request.amountRials > account.balanceRials ? '51' : '00';
  }

  /** What a reversal moves: all that is still open of its original, or, of a partial one, all but the corrected amount. */
  #givesBack(advice: Advice, key: string, original: Entry): bigint {
    const open = this.#open.get(key) ?? 0n;
    if (open === 0n) return 0n;
    const charged = open < 0n ? -open : open;
    const full = BigInt(original.amountRials);
    const stays = advice.correctedRials ?? (advice.amountRials < full ? charged - advice.amountRials : 0n);
    const back = charged - (stays < 0n ? 0n : stays);
    if (back <= 0n) return 0n;
    return open < 0n ? back : -back;
  }

  #newDay(account: Account, now: number): void {
    const day = tehran(now).isoDate;
    if (account.day === day) return;
    account.day = day;
    account.pinTries = 0;
    account.spentTodayRials = 0n;
  }

  #entry(
    request: Pick<Authorisation, 'mti' | 'processingCode' | 'amountRials' | 'identity'> & { voucherRials?: bigint },
    account: Account | undefined,
    now: number,
    changes: Partial<Entry> & Pick<Entry, 'kind'>,
  ): Entry {
    const seq = this.#seq + 1;
    const { identity } = request;
    const rc = changes.rc ?? '00';
    return {
      seq,
      at: new Date(now).toISOString(),
      mti: request.mti,
      processingCode: request.processingCode,
      account: account?.household ?? 0,
      maskedPan: account === undefined ? '' : maskPan(account.pan),
      ...identity,
      rc,
      authCode: rc === '00' ? authCode(identity, seq) : '',
      amountRials: String(request.amountRials),
      voucherRials: String(request.voucherRials ?? 0n),
      movedRials: '0',
      pin: 'none',
      original: '',
      ...changes,
    };
  }
}

function openAccount(household: number): Account {
  return {
    household,
    pan: demoPan(household),
    pin: DEMO_PIN,
    expiry: DEMO_EXPIRY,
    balanceRials: OPENING_RIALS,
    pinTries: 0,
    day: '',
    spentTodayRials: 0n,
    always: ALWAYS[household],
    mute: household === MUTE,
  };
}

/** A repeat (0201, 0421) is the same request again. */
function keyOf(
  mti: string,
  { terminal, stan, transmission }: Pick<Identity, 'terminal' | 'stan' | 'transmission'>,
): string {
  return `${mti.slice(0, 2)}|${terminal}|${stan}|${transmission}`;
}

function authCode({ terminal, stan, transmission }: Identity, seq: number): string {
  const hash = createHash('sha256').update(`${terminal}|${stan}|${transmission}|${seq}`).digest();
  return String(hash.readUInt32BE(0) % 1_000_000).padStart(6, '0');
}

function yearMonth(now: number): string {
  return new Date(now).toISOString().slice(2, 7).replace('-', '');
}
