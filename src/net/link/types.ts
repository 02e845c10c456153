import type { Socket } from 'node:net';
import type { FieldInput, Message, OddElement } from '../../codec/index.ts';
import type { Hsm, KeyRef } from '../../hsm/index.ts';
import type { Clock } from '../../ops/clock.ts';
import type { Log } from '../../ops/log.ts';
import type { BreakerOptions, BreakerState } from './breaker.ts';
import type { Priority } from './queue.ts';

/** PEM texts. With `cert` and `key` the gateway shows itself to the bank (mutual TLS). */
export interface LinkTls {
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
  /** Name the certificate must carry; default: the host. */
  readonly servername?: string;
}

export interface LinkEndpoint {
  readonly host: string;
  readonly port: number;
  readonly tls?: LinkTls;
}

export interface LinkOptions {
  /** Where we connect to: all are used at once, the least busy connection first. */
  readonly endpoints: readonly LinkEndpoint[];
  /** Server mode: where a bank may connect to us. We sign on all the same. */
  readonly listen?: LinkEndpoint;
  readonly connectionsPerEndpoint: number;
  readonly hsm: Hsm;
  /** Shared with the bank (usage K1): ZPK and ZAK come as X9.143 key blocks under it. */
  readonly zmk: KeyRef;
  /** Patience with sign-on, key exchange and echo, and with a connection attempt. */
  readonly timeoutMs: number;
  /** A connection that was silent this long is echoed. */
  readonly echoMs: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Requests at work at once on one connection (default 256). */
  readonly window?: number;
  /** Requests that may wait for a window (default 10,000). */
  readonly queueLimit?: number;
  /** Session keys are exchanged anew after this long (default 24 h). */
  readonly rekeyMs?: number;
  readonly breaker?: BreakerOptions;
  /** First and longest pause before a lost connection is tried again (default 100 ms, 5 s). */
  readonly reconnect?: { readonly baseMs: number; readonly capMs: number };
  /** A number in [0, 1): spreads reconnections (default: the machine's). */
  readonly random?: () => number;
  /** Opens a connection (default: TCP or TLS of this machine). */
  readonly dial?: Dial;
  /** For metrics and the console. */
  readonly onEvent?: (event: LinkEvent) => void;
  /** Every message as it crosses the wire, for recordings. */
  readonly onFrame?: FrameTap;
}

/** @throws GatewayError `link.connect` when there is none within `timeoutMs` */
export type Dial = (endpoint: LinkEndpoint, timeoutMs: number, clock: Clock) => Promise<Socket>;

/** @param connection names the connection while it lasts */
export type FrameTap = (from: 'gateway' | 'bank', body: Buffer, connection: string) => void;

export type Fields = Readonly<Record<string, FieldInput | undefined>>;

/** A request to the bank. DE 7, 11 and 41 name it; the MAC is added by the connection that carries it. */
export interface LinkRequest {
  readonly mti: string;
  readonly fields: Fields;
  readonly priority: Priority;
  /** When its terminal stops waiting (ms): not sent after, not waited for after. */
  readonly deadlineAt: number;
  /** Fields that hold the PIN under the ZPK of the connection that will carry the request.
   *  A rejection refuses the request: it is not sent. */
  readonly pin?: (zpk: KeyRef) => Promise<Fields>;
}

export type LinkAnswer =
  /** `body`: the answer as it came, without its length header. */
  | {
      readonly kind: 'answer';
      readonly message: Message;
      readonly body: Buffer;
      /** Elements that were passed over: they are not in `message`. */
      readonly odd?: readonly OddElement[];
    }
  /** Surely not one byte of it left. `cause` is what `pin` or the HSM threw, if that was it. */
  | { readonly kind: 'unsent'; readonly why: string; readonly cause?: unknown }
  /** It left, and no answer came before the deadline. */
  | { readonly kind: 'timeout' }
  /** It left, and its connection was lost before an answer came. */
  | { readonly kind: 'lost'; readonly why: string }
  /** An answer came whose MAC is wrong or missing: it proves nothing. */
  | { readonly kind: 'forged'; readonly why: string }
  /** An answer came that cannot be read, or not what it decides. */
  | { readonly kind: 'unreadable'; readonly why: string };

/** What left, and what became of it: never `unsent`. */
export type Exchange = Exclude<LinkAnswer, { kind: 'unsent' }>;

export type LinkEvent =
  | { readonly kind: 'ready'; readonly connections: number }
  | { readonly kind: 'connected' | 'disconnected'; readonly endpoint: string; readonly why: string }
  | { readonly kind: 'breaker'; readonly endpoint: string; readonly state: BreakerState }
  | { readonly kind: 'answered'; readonly mti: string; readonly seconds: number }
  | { readonly kind: 'given-up'; readonly mti: string; readonly how: 'timeout' | 'lost' | 'forged' | 'unreadable' }
  /** An element of a message of the bank was passed over. */
  | { readonly kind: 'odd-element'; readonly de: number }
  | { readonly kind: 'unsent'; readonly mti: string; readonly why: string }
  | {
      readonly kind: 'late' | 'duplicate' | 'unmatched' | 'undecodable';
      readonly explanation: string;
      /** The one part (`DE 41`, …) without which an unmatched answer would match. */
      readonly but?: string;
    };

export interface LinkState {
  readonly endpoint: string;
  readonly ready: number;
  readonly inFlight: number;
  readonly breaker: BreakerState;
}

export interface Link {
  /** A connection is signed on, and its endpoint's breaker lets requests through. */
  ready(): boolean;
  state(): readonly LinkState[];
  /** Requests that wait for a free window. */
  queued(): number;
  /** Sends a request once at most, on the least busy connection. Always resolves. */
  send(request: LinkRequest): Promise<LinkAnswer>;
  /** Server mode listens; at once without it.
   *  @throws GatewayError `link.listen` when its port cannot be had (logged too) */
  readonly listening: Promise<void>;
  /** Port of server mode. */
  readonly port: number | undefined;
  /** Waits at most `graceMs` for what is in flight, signs off, closes. */
  close(graceMs?: number): Promise<void>;
}
