import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createCipheriv, createDecipheriv } from 'node:crypto';
import {
  decodePinBlock,
  decryptPinBlock,
  encryptPinBlock,
  HsmError,
  softwareHsm,
  unwrapKeyBlock,
  wrapKeyBlock,
  type PinBlockFormat,
} from '../../src/hsm/index.ts';
import { blockCipher } from '../../src/hsm/crypto/cipher.ts';
import { encodeMessage, MessageReader, type Message } from '../../src/hsm/payshield/frame.ts';
import { openToken } from '../../src/hsm/pkcs11/tokens.ts';
import { Pacer } from '../../src/hsm/software/pacer.ts';
import { answerTo } from '../../src/simulators/payshield/engine.ts';
import { SimulatorLmk } from '../../src/simulators/payshield/lmk.ts';
import { systemClock } from '../../src/ops/clock.ts';

const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array));
const blocks = (size: number) => fc.nat(12).chain((count) => bytes((count + 1) * size));
const pan = fc.stringMatching(/^\d{13,19}$/);
const pin = fc.stringMatching(/^\d{4,12}$/);

/** Runs hostile input: it may be taken, or refused with an HsmError; anything else is a fault of ours. */
function takenOrRefused(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof HsmError)) throw error;
  }
}

describe('our DES is the DES of OpenSSL', () => {
  test.each([
    ['des-ede', 16],
    ['des-ede3', 24],
  ])('%s, ECB and CBC, both ways', (name, length) => {
    fc.assert(
      fc.property(bytes(length), bytes(8), blocks(8), (key, iv, data) => {
        const ours = blockCipher('TDES', key);
        const ecb = createCipheriv(`${name}-ecb`.replace('des-ede3-ecb', 'des-ede3'), key, null).setAutoPadding(false);
        expect(ours.encrypt(data)).toEqual(ecb.update(data));
        expect(ours.encryptCbc(data, iv)).toEqual(
          createCipheriv(`${name}-cbc`, key, iv).setAutoPadding(false).update(data),
        );
        expect(ours.decryptCbc(data, iv)).toEqual(
          createDecipheriv(`${name}-cbc`, key, iv).setAutoPadding(false).update(data),
        );
        expect(ours.decrypt(ours.encrypt(data))).toEqual(data);
      }),
    );
  });

  test('a retail MAC is single DES but for its last block', () => {
    fc.assert(
      fc.property(bytes(16), blocks(8), (key, data) => {
        const half = key.subarray(0, 8);
        const single = createCipheriv('des-ede-cbc', Buffer.concat([half, half]), Buffer.alloc(8)).setAutoPadding(
          false,
        );
        const chained = Buffer.concat([Buffer.alloc(8), single.update(data.subarray(0, -8))]).subarray(-8);
        const last = Buffer.from(data.subarray(-8).map((byte, i) => byte ^ chained[i]!));
        const whole = createCipheriv('des-ede', key, null).setAutoPadding(false);
        expect(blockCipher('TDES', key).retailMac(data)).toEqual(whole.update(last));
      }),
    );
  });
});

describe('PIN blocks', () => {
  const keyed = fc.constantFrom<[PinBlockFormat, 'TDES' | 'AES']>([0, 'TDES'], [1, 'TDES'], [3, 'TDES'], [4, 'AES']);

  test('give back the PIN they were made of, whatever the PIN, PAN, key and format', () => {
    fc.assert(
      fc.property(keyed, bytes(16), pin, pan, ([format, algorithm], key, digits, number) => {
        const block = encryptPinBlock(key, algorithm, format, digits, number);
        expect(decryptPinBlock(key, algorithm, format, block, number)).toBe(digits);
      }),
    );
  });

  test('of any bytes hold a PIN of 4 to 12 digits, or are refused without a word of why', () => {
    fc.assert(
      fc.property(fc.constantFrom<PinBlockFormat>(0, 1, 3), bytes(8), pan, (format, block, number) => {
        try {
          expect(decodePinBlock(format, block, number)).toMatch(/^\d{4,12}$/);
        } catch (error) {
          expect(error).toMatchObject({
            code: 'pin.block',
            message: 'The PIN block does not hold a PIN for this PAN under this key.',
          });
        }
      }),
    );
  });
});

describe('key blocks', () => {
  const versions = fc.constantFrom<['B' | 'D', number]>(['B', 16], ['B', 24], ['D', 16], ['D', 24], ['D', 32]);

  test('give back the key they were made of', () => {
    fc.assert(
      fc.property(
        versions.chain(([version, length]) => fc.tuple(fc.constant(version), bytes(length))),
        fc.constantFrom(16, 24, 32).chain(bytes),
        ([version, kbpk], key) => {
          const content = { version, usage: 'P0', algorithm: 'A', mode: 'B', exportability: 'E' };
          expect(unwrapKeyBlock(wrapKeyBlock(content, key, kbpk), kbpk).key).toEqual(key);
        },
      ),
    );
  });

  test('of any text are refused, and nothing else happens', () => {
    const head = fc.stringMatching(/^[ABCD]\d{4}[0-9A-Z]{4}\d\d[ENS]\d\d00$/);
    const text = fc.oneof(
      fc.string(),
      fc.tuple(head, fc.stringMatching(/^[0-9A-F]{0,200}$/)).map(([a, b]) => a + b),
    );
    const sized = text.map((block) => block.slice(0, 1) + String(block.length).padStart(4, '0') + block.slice(5));
    fc.assert(
      fc.property(fc.oneof(text, sized), bytes(16), (block, kbpk) => {
        expect(() => unwrapKeyBlock(block, kbpk)).toThrow(HsmError);
      }),
      { numRuns: 500 },
    );
  });
});

describe('host commands', () => {
  const message = fc.tuple(
    fc.stringMatching(/^[0-9A-F]{4}$/),
    fc.stringMatching(/^[A-Z0-9]{2}$/),
    fc.uint8Array({ maxLength: 60 }),
  );

  test('come out of a stream as they went in, however it is cut', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), fc.array(fc.nat(40)), (messages, cuts) => {
        let rest = Buffer.concat(
          messages.map(([header, code, body]) => encodeMessage(header, code, [Buffer.from(body)])),
        );
        const reader = new MessageReader(4);
        const out: Message[] = [];
        for (const cut of cuts) {
          out.push(...reader.push(rest.subarray(0, cut)));
          rest = rest.subarray(cut);
        }
        out.push(...reader.push(rest));
        const seen = out.map(({ header, code, body }) => [header, code, body.toString('hex')]);
        expect(seen).toEqual(messages.map(([header, code, body]) => [header, code, Buffer.from(body).toString('hex')]));
      }),
    );
  });

  test('a stream of anything is messages, or is refused', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (chunks) => {
        takenOrRefused(() => {
          const reader = new MessageReader(4);
          for (const chunk of chunks) reader.push(Buffer.from(chunk));
        });
      }),
    );
  });

  test('the simulator answers whatever it is asked: the header, the next code, an error code', () => {
    const lmk = new SimulatorLmk(Buffer.alloc(32, 8), (count) => Buffer.alloc(count, 1));
    const workshop = { lmk, random: (count: number) => Buffer.alloc(count, 2) };
    const codes = fc.constantFrom('A0', 'A6', 'A8', 'BU', 'CA', 'CC', 'CI', 'G0', 'M6', 'M8', 'B2', 'N0', 'NC', 'XX');
    const body = fc.oneof(
      fc.uint8Array(),
      fc.stringMatching(/^[0-9A-FUTSXR;%#]*$/).map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(codes, body, (code, content) => {
        const answer = answerTo({ header: 'HEAD', code, body: Buffer.from(content) }, workshop);
        expect(answer.toString('latin1', 2, 10)).toMatch(/^HEAD[A-Z0-9]{2}[0-9A-Z]{2}$/);
        expect(answer.readUInt16BE()).toBe(answer.length - 2);
      }),
      { numRuns: 500 },
    );
  });
});

test('tokens of any text open nothing', async () => {
  const hsm = softwareHsm({ lmk: Buffer.alloc(32, 2) });
  const key = await hsm.generateKey({ usage: 'M6', algorithm: 'AES', bits: 128 });
  const texts = fc.oneof(
    fc.string(),
    fc.base64String(),
    fc.nat(key.token.length - 1).map((at) => key.token.slice(0, at)),
  );
  await fc.assert(
    fc.asyncProperty(texts, async (token) => {
      takenOrRefused(() => openToken(token));
      await expect(hsm.kcv({ ...key, token })).rejects.toMatchObject({ code: 'key.token' });
    }),
  );
});

test('a burst of calls takes turns with the event loop, in order, and none is lost', async () => {
  const pacer = new Pacer(10, systemClock);
  let turn = 0;
  let running = true;
  const count = (): void => {
    turn++;
    if (running) setImmediate(count);
  };
  setImmediate(count);
  const costs = Array.from({ length: 300 }, (_, i) => 1 + (i % 7));
  const done: { index: number; turn: number }[] = [];
  await Promise.all(costs.map((cost, index) => pacer.run(cost, () => done.push({ index, turn }))));
  running = false;
  expect(done.map(({ index }) => index)).toEqual(costs.map((_, index) => index));
  for (let at = 0; at <= turn; at++) {
    const spent = done.filter((call) => call.turn === at).reduce((sum, { index }) => sum + costs[index]!, 0);
    expect(spent).toBeLessThanOrEqual(2 * 10 + 2 * 7); // what came in this turn, and what waited for it
  }
});
