import type { DukptKey, Hsm, KeyRef } from '../hsm/index.ts';
import type { BankLeg, Ledger, LegResult } from '../ledger/index.ts';
import type { Bdks, TerminalDirectory } from '../merchants/index.ts';
import type { MoneyUnit, Units } from '../field/money-unit.ts';
import type { Clock } from '../ops/clock.ts';
import type { Log } from '../ops/log.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { Answer, ClockWindow, Good, Profile, Card, EncryptedPin } from '../profiles/index.ts';
import type { Traces } from '../traces/index.ts';
import type { Guard } from './guard/index.ts';
import type { VoucherPort } from './voucher/index.ts';

/** A request to the card switch on behalf of a terminal (wire.md 10). */
export interface BankRequest {
  readonly leg: BankLeg;
  readonly rrn: string;
  readonly terminal: string;
  readonly merchant: string;
  readonly localTime: string;
  readonly localDate: string;
  readonly posEntryMode: string;
  readonly card: Card;
  readonly emv: string | undefined;
  /** In which the terminal says amounts; undefined: in rials. */
  readonly unit?: MoneyUnit | undefined;
  /** The PIN as the terminal encrypted it, and the key it is under. */
  readonly pin: (EncryptedPin & { readonly key: KeyRef | DukptKey }) | undefined;
  /** When the terminal stops waiting: nothing is sent after this instant (ms). */
  readonly deadlineAt: number;
}

/** The card switch. Every method resolves: a fault is a `LegResult`, never a rejection. */
export interface BankPort {
  ready(): boolean;
  /** The card part of a subsidised purchase: 0200 000000. */
  cardLeg(request: BankRequest, amountRials: bigint, voucherRials: bigint): Promise<LegResult>;
  /** 0100 330000: the issuer checks the PIN, no money moves. */
  pinCheck(request: BankRequest): Promise<LegResult>;
  /** The card part of a return: 0200 200000. */
  refund(request: BankRequest, amountRials: bigint): Promise<LegResult>;
  /** An ordinary purchase or balance inquiry, as the terminal sent it. */
  forward(request: BankRequest, processingCode: string, amountRials: bigint): Promise<LegResult>;
}

/** Renews certificates (src/terminals/certificates). */
export interface RenewalPort {
  /** @param csr DER, as it came
   *  @returns the certificate, DER; or why there is none, for the log */
  renew(terminal: string, csr: Buffer): Promise<{ readonly certificate: Buffer } | { readonly refused: string }>;
}

/** What is counted of each answer. */
export interface HealthPort {
  note(terminal: string, mti: string, stan: string | undefined, rc: string, seconds: number): void;
}

/** Counts what is answered, for the overview (src/overview). */
export interface TrafficPort {
  /** @param kind of the transaction; undefined: it was refused before it was read */
  note(answered: {
    readonly mti: string;
    readonly kind: string | undefined;
    readonly answer: Answer;
    readonly seconds: number;
  }): void;
}

/** What a terminal's message tells of the terminal itself (src/terminals/contacts.ts). */
export interface ContactPort {
  note(contact: {
    readonly terminal: string;
    readonly at: number;
    /** DE 7 of what was sent just now; undefined: of what had waited in the device. */
    readonly transmission: string | undefined;
    readonly software: string | undefined;
    readonly certificate: { readonly sha256: string; readonly endsAt: number } | undefined;
  }): void;
}

/** Signed updates as terminals without HTTPS are given them (terminals.md 3). */
export interface UpdatesPort {
  /** Tag 16: that something new waits; from memory. */
  announcement(): string | undefined;
  /** Whether terminals can install anything now; from memory. What they cannot mend is not held against them. */
  canInstall(now: number): boolean;
  /** @returns tag 36; undefined: there is no such file
   *  @throws GatewayError for what is no such request */
  chunk(terminal: string, tag35: string): Promise<string | undefined>;
  /** @throws GatewayError for what is no report of this terminal */
  wireReport(terminal: string, tag37: string): Promise<void>;
  /** A MAC of this terminal was wrong: a release may be why. Waits for nothing. */
  wrongMac(terminal: string): void;
}

/** Everything a handler may touch. A handler is a function of (transaction, ports), so that it can be simulated. */
export interface Ports {
  /** What terminals may speak, by name. */
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly ledger: Ledger;
  /** Who decides what the voucher pays; without it the ledger. */
  readonly voucher?: VoucherPort;
  readonly bank: BankPort;
  readonly hsm: Hsm;
  readonly directory: TerminalDirectory;
  /** Without them, no terminal is served by DUKPT. */
  readonly bdks?: Bdks;
  /** The unit of money of terminals, where a profile's is not the rial on all days; without it all say rials. */
  readonly units?: Pick<Units, 'ofTerminals'>;
  /** The goods that the voucher pays on the day of this instant. */
  readonly goods: (now: number) => Promise<readonly Good[]>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly guard: Guard;
  /** Gives a terminal its next certificate; without it nobody can renew. */
  readonly renewals?: RenewalPort;
  /** Notes that a terminal was there; without it nobody knows when it was. */
  readonly contacts?: ContactPort;
  /** Counts how terminals do (src/terminals/health). */
  readonly health?: HealthPort;
  /** Counts what is answered (src/overview). */
  readonly traffic?: TrafficPort;
  /** Traces a sample of the requests; without it none is. */
  readonly traces?: Traces | undefined;
  /** Keyed hash of a PAN: all that is ever stored of it besides the masked form (files.md). */
  readonly hashPan: (pan: string) => Buffer;
  readonly bankTimeoutMs: number;
  /** Without it nothing is said of updates. */
  readonly updates?: UpdatesPort;
  /** How far clocks of terminals may be off (default: a day; a week for reversals and advices). */
  readonly clockWindow?: ClockWindow;
}
