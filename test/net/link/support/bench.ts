import { pino } from 'pino';
import { softwareHsm, type Hsm, type KeyRef } from '../../../../src/hsm/index.ts';
import {
  openLink,
  type Link,
  type LinkEvent,
  type LinkOptions,
  type LinkRequest,
} from '../../../../src/net/link/index.ts';
import { systemClock, transmissionDateTime } from '../../../../src/ops/clock.ts';
import { DEMO_ZMK, demoPan } from '../../../../src/demo/programme.ts';
import { startBankSimulator, type BankOptions, type BankSimulator } from '../../../../src/simulators/bank/index.ts';

export const silentLog = pino({ level: 'silent' });

export async function hsmWithZmk(): Promise<{ hsm: Hsm; zmk: KeyRef }> {
  const hsm = softwareHsm({ lmk: Buffer.alloc(32, 7) });
  const zmk = await hsm.formKey({ usage: 'K1', algorithm: 'TDES', bits: 128 }, [DEMO_ZMK, Buffer.alloc(16)]);
  return { hsm, zmk };
}

/** A bank simulator and a link to it, in this process. */
export interface Bench {
  readonly bank: BankSimulator;
  readonly link: Link;
  readonly events: LinkEvent[];
  close(): Promise<void>;
}

export async function openBench(
  options: Partial<LinkOptions> = {},
  bankOptions: Partial<BankOptions> = {},
): Promise<Bench> {
  const bank = await startBankSimulator({ port: 0, ...bankOptions });
  const { link, events } = await linkTo([bank.port], options);
  return {
    bank,
    link,
    events,
    close: async () => {
      await link.close(100);
      await bank.close();
    },
  };
}

export async function linkTo(
  ports: readonly number[],
  options: Partial<LinkOptions> = {},
): Promise<{ link: Link; events: LinkEvent[] }> {
  const events: LinkEvent[] = [];
  const link = openLink({
    ...(await hsmWithZmk()),
    endpoints: ports.map((port) => ({ host: '127.0.0.1', port })),
    connectionsPerEndpoint: 1,
    timeoutMs: 1_000,
    echoMs: 60_000,
    clock: systemClock,
    log: silentLog,
    reconnect: { baseMs: 10, capMs: 50 },
    onEvent: (event) => events.push(event),
    ...options,
  });
  return { link, events };
}

/** Waits until `condition` holds; gives up after 45 s, so that a failing test ends. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const patience = Date.now() + 45_000;
  while (!(await condition())) {
    if (Date.now() > patience) throw new Error('it never came true');
    await new Promise((done) => setTimeout(done, 5));
  }
}

let stan = 0;

/** An 0200 of the demo card of a household, contactless without PIN. */
export function purchase(household: number, amountRials = 1_000, changes: Partial<LinkRequest> = {}): LinkRequest {
  stan++;
  return {
    mti: '0200',
    priority: 'card',
    deadlineAt: Date.now() + 2_000,
    ...changes,
    fields: {
      2: demoPan(household),
      3: '000000',
      4: String(amountRials).padStart(12, '0'),
      7: transmissionDateTime(Date.now()),
      11: String(stan).padStart(6, '0'),
      12: '120000',
      13: '0826',
      22: '071',
      37: String(stan).padStart(12, '0'),
      41: '10000001',
      42: '000000000000001',
      49: '364',
      ...changes.fields,
    },
  };
}
