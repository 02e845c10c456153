import { pino } from 'pino';
import { compile, loadSpec, type FieldInput, type Message } from '../../../src/codec/index.ts';
import { createPipeline } from '../../../src/handlers/pipeline.ts';
import type { BankPort, Ports, UpdatesPort } from '../../../src/handlers/ports.ts';
import { retailMac, softwareHsm, type Hsm } from '../../../src/hsm/index.ts';
import type { Ledger, Outcome } from '../../../src/ledger/ledger.ts';
import type { TerminalDirectory, TerminalRecord } from '../../../src/merchants/directory.ts';
import { demoTrack2 } from '../../../src/demo/programme.ts';
import { createMetrics, type Metrics } from '../../../src/ops/metrics.ts';
import { systemClock } from '../../../src/ops/clock.ts';
import { openProfiles } from '../../../src/profiles/index.ts';
import type { Traces } from '../../../src/traces/index.ts';

export const POS = '10000001';
export const NOW = Date.UTC(2026, 10, 23, 9, 0, 0); // 12:30 in Tehran
const SHOP = '000000000000001';
const TAK = Buffer.from('0123456789ABCDEFFEDCBA9876543210', 'hex');
export const codec = compile(loadSpec('kalabarg-pos'));
const PROFILES = openProfiles();

type Fields = Readonly<Record<number, FieldInput | undefined>>;

/** The pipeline of terminals in this process: codec, keys and MACs are real; the ledger and the bank say what a test wants. */
export interface Pipe {
  readonly metrics: Metrics;
  readonly hsm: Hsm;
  /** What reached the ledger, by its method. */
  readonly asked: { readonly method: string; readonly request: Record<string, unknown> }[];
  /** The answer to a message; undefined: none. */
  send(mti: string, fields: Fields): Promise<Message | undefined>;
  /** The answer to bytes as they are; `closed` when the connection ends. */
  raw(body: Buffer): Promise<Message | 'closed' | undefined>;
  /** A message with its MAC, as bytes. */
  sealed(mti: string, fields: Fields): Buffer;
}

export const outcome = (changes: Partial<Outcome> = {}): Outcome => ({
  rc: '00',
  reason: 'approved',
  rrn: '632712000001',
  authCode: '123456',
  voucherRials: 1_000n,
  cardRials: 0n,
  cashRials: 0n,
  creditLeftRials: 9_000n,
  creditEnds: undefined,
  nextCharge: undefined,
  lines: undefined,
  quoteRef: undefined,
  receiptToken: undefined,
  fault: undefined,
  passThrough: undefined,
  ...changes,
});

/** Fields of an 0200 of household 7 that is in order; DE 11 too, so that it can be sent again. */
export function purchase(changes: Fields = {}): Fields {
  const card = { 35: demoTrack2(7), 49: '364' };
  return { 3: '179898', 4: '000000001000', 11: '000001', 22: '071', 25: '00', ...card, ...changes };
}

export async function openPipe(
  ledger: Partial<Ledger>,
  options: {
    readonly now?: () => number;
    readonly bank?: Partial<BankPort>;
    readonly hsm?: (real: Hsm) => Hsm;
    readonly log?: (line: Record<string, unknown>) => void;
    readonly terminal?: Partial<TerminalRecord>;
    readonly updates?: UpdatesPort;
    readonly traces?: Traces;
    readonly units?: Ports['units'];
  } = {},
): Promise<Pipe> {
  const { now = () => NOW } = options;
  const real = softwareHsm({ lmk: Buffer.alloc(32, 7) });
  const hsm = options.hsm?.(real) ?? real;
  const tak = await real.formKey({ usage: 'M3', algorithm: 'TDES', bits: 128 }, [TAK, Buffer.alloc(16)]);
  const tpk = await real.formKey({ usage: 'P0', algorithm: 'TDES', bits: 128 }, [TAK, Buffer.alloc(16)]);
  const record: TerminalRecord = {
    terminal: POS,
    merchant: SHOP,
    profile: 'native',
    blocked: false,
    tmk: undefined,
    keys: { tpk, tak },
    previous: undefined,
    previousUntil: 0,
    ...options.terminal,
  };
  const asked: { method: string; request: Record<string, unknown> }[] = [];
  const told = new Proxy(ledger, {
    get: (target, method: keyof Ledger) => (request: Record<string, unknown>, more: unknown) => {
      asked.push({ method, request });
      return (target[method] as ((...all: unknown[]) => unknown) | undefined)?.(request, more);
    },
  });
  const metrics = createMetrics();
  const ports: Ports = {
    profiles: PROFILES,
    ledger: told as Ledger,
    bank: (options.bank ?? {}) as BankPort,
    hsm,
    goods: () => Promise.resolve([]),
    directory: {
      find: (id) => Promise.resolve(id === POS ? record : undefined),
      reread: () => Promise.resolve(record),
    } as Partial<TerminalDirectory> as TerminalDirectory,
    clock: { ...systemClock, now },
    log: pino(
      { level: options.log === undefined ? 'silent' : 'info' },
      { write: (line: string) => options.log?.(JSON.parse(line) as Record<string, unknown>) },
    ),
    metrics,
    guard: { count: () => undefined, hear: () => undefined },
    hashPan: (pan) => Buffer.from(pan.padStart(32, '0')),
    bankTimeoutMs: 300,
    ...(options.updates === undefined ? {} : { updates: options.updates }),
    traces: options.traces,
    ...(options.units === undefined ? {} : { units: options.units }),
  };
  const handle = createPipeline(ports, Buffer.alloc(32, 1));
  const own = { 7: '1123090000', 12: '123000', 13: '1123', 41: POS, 42: SHOP };
  const sealed: Pipe['sealed'] = (mti, fields) => {
    const present = Object.fromEntries(
      Object.entries<FieldInput | undefined>({ ...own, ...fields }).filter(([, value]) => value !== undefined),
    );
    const de = Object.keys(present).some((name) => Number(name) > 64) ? 128 : 64;
    const bytes = codec.encode({ mti, fields: { ...present, [de]: '0'.repeat(16) } });
    retailMac(TAK, bytes.subarray(0, bytes.length - 8)).copy(bytes, bytes.length - 8);
    return bytes;
  };
  const raw: Pipe['raw'] = async (body) => {
    const result = await handle(body, { terminal: POS, remote: 'test' });
    if (result.kind === 'close') return 'closed';
    return result.kind === 'none' ? undefined : codec.decode(result.body);
  };
  return {
    metrics,
    hsm,
    asked,
    raw,
    sealed,
    send: async (mti, fields) => {
      const answer = await raw(sealed(mti, fields));
      if (answer === 'closed') throw new Error('the connection was closed');
      return answer;
    },
  };
}
