import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../src/simulators/bank/index.ts';
import { readAmounts, type Answer } from '../src/simulators/terminal/index.ts';
import { History } from '../simulation/checks/history.ts';
import { demoTerminals, type Ear, type Order, type Place, type View } from '../test/system/chaos/terminals.ts';

const TERMINALS = 20;
/** Enough customers in the shops: more would only queue up behind what is dead. */
const MOST_AT_ONCE = 1_500;
const HOUSEHOLDS = 900;

/** What was heard of the purchases since `mark`. */
export interface Heard {
  readonly asked: number;
  readonly approved: number;
  /** The longest time in which no purchase at all was approved, milliseconds. */
  readonly silentMs: number;
  /** The longest time from a purchase that was asked to the approval of any that was asked later, at one terminal. */
  readonly worstTerminalMs: number;
}

/** Customers come at a steady rate, whatever state the system is in. */
export interface Shop {
  /** Of all purchases so far that are over. */
  readonly views: readonly View[];
  readonly history: History;
  /** Begins a stretch that is measured. */
  mark(): void;
  heard(): Heard;
  /** No more customers; resolves when the last has an answer, or was reversed. */
  rest(): Promise<void>;
  open(): void;
  close(): Promise<void>;
}

export function openShop(data: string, places: readonly Place[], rate: number, seed: number): Shop {
  const random = seededRandom(seed);
  const history = new History();
  const views: View[] = [];
  const errands = new Set<Promise<void>>();
  let approvals: { at: number; terminal: string }[] = [];
  let asked = 0;
  let since = Date.now();
  const ear: Ear = {
    asked: (order, terminal) => {
      const span = history.begin(order.household, { kind: 'buy', amountRials: order.amountRials });
      let voucherRials = 0n;
      return {
        answered: (answer) => {
          if (answer === undefined || IN_DOUBT.has(answer.rc)) span.reversed();
          else if (answer.rc !== '00') span.declined(answer.rc);
          else {
            approvals.push({ at: Date.now(), terminal });
            const { voucher, left } = paid(answer);
            voucherRials = voucher;
            span.approved(voucher, left);
          }
        },
        reversing: () => {
          const back = history.begin(order.household, { kind: 'back' });
          return () => {
            back.gave(voucherRials);
          };
        },
      };
    },
  };
  const terminals = demoTerminals(TERMINALS, data, places, ear);
  let timer: NodeJS.Timeout | undefined;
  let startedAt = 0;
  let served = 0;
  const serve = (): void => {
    for (; served < ((Date.now() - startedAt) / 1_000) * rate; served++) {
      const terminal = terminals[Math.floor(random() * terminals.length)];
      if (errands.size >= MOST_AT_ONCE || terminal === undefined) continue;
      asked++;
      const errand: Promise<void> = terminal.buy(orderOf(random)).then((view) => {
        views.push(view);
        errands.delete(errand);
      });
      errands.add(errand);
    }
  };
  const rest = async (): Promise<void> => {
    clearInterval(timer);
    timer = undefined;
    while (errands.size > 0) await Promise.race(errands);
  };
  return {
    views,
    history,
    mark: () => {
      approvals = [];
      asked = 0;
      since = Date.now();
    },
    heard: () => {
      const now = Date.now();
      const names = [...new Set(approvals.map(({ terminal }) => terminal))];
      const each = names.map((name) =>
        longest(
          approvals.filter(({ terminal }) => terminal === name).map(({ at }) => at),
          since,
          now,
        ),
      );
      return {
        asked,
        approved: approvals.length,
        silentMs: longest(
          approvals.map(({ at }) => at),
          since,
          now,
        ),
        worstTerminalMs: Math.max(0, ...each),
      };
    },
    open: () => {
      startedAt = Date.now();
      served = 0;
      timer = setInterval(serve, 10);
    },
    rest,
    close: async () => {
      await rest();
      for (const terminal of terminals) await terminal.close();
      await sleep(0);
    },
  };
}

/** Whatever it did, it says that it does not know: what it held may be given back later. */
const IN_DOUBT = new Set(['68', '91', '96']);

function longest(times: readonly number[], from: number, to: number): number {
  const sorted = [from, ...[...times].sort((a, b) => a - b), to];
  return Math.max(...sorted.slice(1).map((at, i) => at - (sorted[i] ?? at)));
}

function paid({ message }: Answer): { voucher: bigint; left: bigint | undefined } {
  const amounts = readAmounts(message.get(54));
  return { voucher: amounts.get('9841') ?? 0n, left: amounts.get('9802') };
}

/** Small ones that the voucher pays, and large ones that want the card too. */
function orderOf(random: () => number): Order {
  const dice = random();
  return {
    household: 1 + Math.floor(random() * HOUSEHOLDS),
    amountRials: BigInt(1 + Math.floor(random() * (random() < 0.1 ? 20_000_000 : 300_000))),
    afterwards: dice < 0.1 ? 'repeat' : dice < 0.25 ? 'cancel' : 'nothing',
    quoted: false,
    whenSilent: random() < 0.6 ? 'repeat' : 'reverse',
  };
}
