import { createServer, type AddressInfo, type Socket } from 'node:net';
import {
  compile,
  defineSpec,
  encodeFrame,
  FrameDecoder,
  loadSpec,
  type FieldInput,
} from '../../../../src/codec/index.ts';
import { DEMO_ZMK } from '../../../../src/demo/programme.ts';
import { ConnectionKeys } from '../../../../src/simulators/bank/keys.ts';

const FRAMING = { header: 'binary2', maxBytes: 4_096 } as const;
const codec = compile(loadSpec('bank-switch'));
const text = (format: string) => ({ format, encoding: 'latin1' as const });
/** The dialect of a bank that keeps to none: what a test puts into these elements goes out as it is. */
const loose = compile(
  defineSpec({
    name: 'odd-bank',
    extends: 'bank-switch',
    types: { text: { encoding: 'latin1' } },
    fields: {
      2: { ...text('ans..19'), secret: null },
      4: text('ans12'),
      38: text('ans6'),
      39: text('ans2'),
      44: { format: 'b..99' },
      48: { format: 'b...999', content: null, encoding: 'binary' },
      54: { format: 'b...999' },
      55: { format: 'b...999', content: null },
      60: { format: 'b...999' },
    },
  }),
);
const BYTES = new Set([44, 48, 54, 55, 60]);

/** What an answer carries in place of what is right; text, also where the element is of bytes. */
export type Odd = Readonly<Record<number, string | undefined>>;

/** A bank that approves everything, with odd elements under a good MAC. */
export interface OddBank {
  readonly port: number;
  /** What it was asked, MTI and DE 3. */
  readonly asked: string[];
  answers: Odd;
  /** Changes the sealed answer, before its MAC is made. */
  bend: ((body: Buffer) => Buffer) | undefined;
  close(): Promise<void>;
}

export async function openOddBank(): Promise<OddBank> {
  const sockets = new Set<Socket>();
  const asked: string[] = [];
  const bank = { asked, answers: {} as Odd, bend: undefined as OddBank['bend'] };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    const keys = new ConnectionKeys(DEMO_ZMK);
    const frames = new FrameDecoder(FRAMING);
    socket.on('data', (chunk: Buffer) => {
      for (const { body } of frames.push(chunk)) socket.write(encodeFrame(answer(body, keys, bank), FRAMING));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return Object.assign(bank, {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  });
}

function answer(body: Buffer, keys: ConnectionKeys, bank: Pick<OddBank, 'asked' | 'answers' | 'bend'>): Buffer {
  const request = codec.decode(body);
  const echoed = [2, 3, 4, 7, 11, 12, 13, 37, 41, 42, 49, 70, 90];
  const fields: Record<number, FieldInput | undefined> = { 39: '00' };
  for (const de of echoed) fields[de] = request.get(String(de));
  const mti = `${request.mti.slice(0, 2)}${Number(request.mti[2]) + 1}0`;
  if (mti === '0810') {
    if (request.get(70) === '101') fields[48] = keys.renew(Date.now());
  } else {
    bank.asked.push(`${request.mti} ${request.get(3) ?? ''}`);
    fields[38] = '123456';
    for (const [de, value] of Object.entries(mti === '0210' ? bank.answers : {}))
      fields[Number(de)] =
        value !== undefined && BYTES.has(Number(de))
          ? Buffer.from(value, 'latin1').toString('hex').toUpperCase()
          : value;
  }
  const last = Object.entries(fields).some(([de, value]) => Number(de) > 64 && value !== undefined) ? 128 : 64;
  const present = Object.entries({ ...fields, [last]: '0'.repeat(16) }).filter(([, value]) => value !== undefined);
  const input = { mti, fields: Object.fromEntries(present) as Record<number, FieldInput> };
  const bytes = mti === '0810' ? codec.encode(input) : loose.encode(input);
  return keys.seal(mti === '0210' ? (bank.bend?.(bytes) ?? bytes) : bytes);
}
