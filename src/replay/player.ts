import { intentOf, type Exchange } from '../capture/index.ts';
import type { Message } from '../codec/index.ts';
import { classOf } from '../field/mti.ts';
import type { Anatomy } from '../profiles/index.ts';
import { systemClock } from '../ops/clock.ts';
import { compareAnswers, type FieldDifference } from './compare.ts';
import type { Devices } from './devices.ts';
import { keysOfMessage, macHolds } from './keys.ts';
import type { Played, Speed } from './result.ts';
import type { Rewriter } from './rewrite.ts';
import type { Tongue, Tongues } from './tongues.ts';

export interface PlayOptions {
  readonly speed: Speed;
  readonly ignored: ReadonlySet<string>;
  /** How long an answer may take. */
  readonly timeoutMs: number;
  /** Monotonic: nothing is sent after it. */
  readonly until: number;
  /** DE 7, 11 for messages of our own. */
  readonly networkFields: (terminal: string) => Record<string, string>;
  /** The answer that is due to the request of this number, instead of the capture's. */
  readonly golden: (number: number) => Message | undefined;
}

/** Sends the requests of a capture again, in its order. A request goes out when its time has come and every answer that
 *  stands before it in the capture has come: what was concurrent stays concurrent, what was caused stays caused. */
export class Player {
  readonly #devices: Devices;
  readonly #tongues: Tongues;
  readonly #rewriter: Rewriter;
  readonly #options: PlayOptions;
  readonly #played: Played[] = [];
  /** Requests whose answers are still to come, with the time at which the capture has them. */
  readonly #open: { readonly answeredAt: number; readonly done: Promise<void> }[] = [];

  constructor(devices: Devices, tongues: Tongues, rewriter: Rewriter, options: PlayOptions) {
    this.#devices = devices;
    this.#tongues = tongues;
    this.#rewriter = rewriter;
    this.#options = options;
  }

  /** @returns in the order of the capture
   *  @throws GatewayError when the gateway cannot be reached */
  async play(exchanges: readonly Exchange[], terminalOf: (exchange: Exchange) => string): Promise<Played[]> {
    const startedAt = systemClock.monotonic();
    const first = exchanges[0]?.request.at ?? 0;
    for (const [index, exchange] of exchanges.entries()) {
      const due = dueMs(this.#options.speed, exchange.request.at - first, index);
      const early = due - (systemClock.monotonic() - startedAt);
      if (early > 1) await systemClock.sleep(early);
      await this.#settled(exchange.request.at);
      if (systemClock.monotonic() > this.#options.until) break;
      await this.#send(exchange, index + 1, terminalOf(exchange));
    }
    await this.#settled(Number.POSITIVE_INFINITY);
    return this.#played.sort((a, b) => a.number - b.number);
  }

  /** Waits for every answer that the capture has before this moment. */
  async #settled(before: number): Promise<void> {
    for (let at = 0; at < this.#open.length;) {
      const one = this.#open[at];
      if (one === undefined || one.answeredAt >= before) at++;
      else {
        await one.done;
        this.#open.splice(at, 1);
      }
    }
  }

  async #send(exchange: Exchange, number: number, terminal: string): Promise<void> {
    const { connection, dialect } = exchange.request;
    const tongue = this.#tongues.of(dialect);
    const { anatomy } = tongue;
    const { message, answerMessage } = exchange;
    const intent = intentOf(answerMessage === undefined ? undefined : anatomy.code(answerMessage));
    const carriesMac = message?.has(64) === true || message?.has(128) === true;
    if (carriesMac && keysOfMessage(anatomy, message, this.#devices.keys(terminal), 'request') === undefined)
      await this.#devices.signOn(
        connection,
        terminal,
        dialect,
        () => this.#options.networkFields(terminal),
        this.#options.timeoutMs,
      );
    let sent: Message | undefined;
    let body = exchange.request.body;
    if (message !== undefined) {
      sent = this.#rewriter.request({ ...exchange, message }, anatomy, this.#devices.keys(terminal), intent);
      body = sent.encode();
    }
    const line = await this.#devices.line(connection, terminal, dialect);
    const sentAt = systemClock.monotonic();
    const waiting = { mtiClass: classOf(exchange.mti), stan: sent?.get(11) ?? exchange.stan };
    const answered = this.#devices.exchange(line, body, waiting, this.#options.timeoutMs);
    // What the capture has no answer to is not waited for: what comes is compared with nothing.
    if (exchange.answer === undefined) {
      void answered.then((answer) => {
        if (answer !== undefined) this.#devices.learnKeys(tongue, terminal, sent, answer);
      });
      this.#judge(exchange, tongue, number, terminal, sent, undefined, 0);
      return;
    }
    const answeredAt = exchange.answer.at;
    const done = answered.then((answer) => {
      if (answer !== undefined) this.#devices.learnKeys(tongue, terminal, sent, answer);
      this.#judge(exchange, tongue, number, terminal, sent, answer, systemClock.monotonic() - sentAt);
    });
    this.#open.push({ answeredAt, done });
  }

  #judge(
    exchange: Exchange,
    { anatomy }: Tongue,
    number: number,
    terminal: string,
    sent: Message | undefined,
    answer: Message | undefined,
    tookMs: number,
  ): void {
    const expected = this.#options.golden(number) ?? exchange.answerMessage;
    const differences: FieldDifference[] = [];
    if (expected !== undefined && answer === undefined)
      differences.push({
        path: 'answer',
        name: 'Answer',
        expected: `${expected.mti} ${expected.get(39) ?? ''}`.trim(),
        actual: undefined,
      });
    if (expected !== undefined && answer !== undefined) {
      const compared = { anatomy, expected, actual: answer, recorded: exchange.message, sent };
      differences.push(...compareAnswers(compared, this.#rewriter, this.#options.ignored));
      differences.push(...this.#macDifference(anatomy, expected, answer, sent, terminal));
    }
    this.#played.push({
      number,
      title: titleOf(exchange),
      connection: exchange.request.connection,
      request: exchange.request,
      recordedMessage: exchange.answerMessage,
      sent,
      answer,
      recordedMs: exchange.answer === undefined ? undefined : exchange.answer.at - exchange.request.at,
      tookMs: answer === undefined ? undefined : tookMs,
      differences,
    });
  }

  /** Only while this run knows the terminal's keys: a gateway that is not fresh may have some from before. */
  #macDifference(
    anatomy: Anatomy,
    expected: Message,
    answer: Message,
    sent: Message | undefined,
    terminal: string,
  ): FieldDifference[] {
    const keys = keysOfMessage(anatomy, sent, this.#devices.keys(terminal), 'answer');
    if (keys === undefined || this.#options.ignored.has('mac')) return [];
    const words = (holds: boolean | undefined): string => (holds === undefined ? 'none' : holds ? 'good' : 'wrong');
    const due = words(expected.has(64) || expected.has(128) ? true : undefined);
    const is = words(macHolds(answer, keys));
    return due === is ? [] : [{ path: 'mac', name: 'MAC of the answer', expected: due, actual: is }];
  }
}

function dueMs(speed: Speed, sinceFirstMs: number, index: number): number {
  if (speed.kind === 'factor') return sinceFirstMs / speed.factor;
  return speed.kind === 'rate' ? (index * 1_000) / speed.perSecond : 0;
}

export function titleOf({ message, mti, stan, terminal, request }: Exchange): string {
  if (message === undefined)
    return `${mti === '' ? `${request.body.length} bytes` : mti}, undecodable, terminal ${terminal || '-'}`;
  const what = message.get(3) ?? message.get(70) ?? '';
  return `${mti} ${what} STAN ${stan} terminal ${terminal}`.replace(/ {2,}/g, ' ');
}

/** Numbers that no request of the capture carries: for sign-ons of our own. */
export function ownNetworkFields(
  firstStan: number,
  transmission: (now: number) => string,
): () => Record<string, string> {
  let stan = firstStan;
  return () => {
    stan = (stan % 999_999) + 1;
    return { '7': transmission(systemClock.now()), '11': String(stan).padStart(6, '0') };
  };
}
