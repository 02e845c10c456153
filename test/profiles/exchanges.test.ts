import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { CodecError } from '../../src/codec/index.ts';
import { isAnswer } from '../../src/field/mti.ts';
import { ARRIVAL, examplesOf, exchangesOf, loaded, NOW, opened, plain, STEPS } from './exchanges.ts';

const NAMES = [...opened.keys()];
const fileOf = (name: string) => new URL(`exchanges/${name}.json`, import.meta.url);

/** `KALABARG_MAKE_EXCHANGES=1 npm run jest -- test/profiles/exchanges` writes the golden files, and the examples of
 *  the profiles; `npx prettier --write profiles test/profiles` after it. */
const MAKE = process.env['KALABARG_MAKE_EXCHANGES'] !== undefined;

interface Golden {
  readonly step: string;
  readonly request: string;
  readonly means: Record<string, unknown>;
  readonly answer: string;
}

const golden = (name: string): Golden[] => JSON.parse(readFileSync(fileOf(name), 'utf8')) as Golden[];

test.each(NAMES)('a device and the gateway speak %s in the golden frames, both ways', (name) => {
  const is = exchangesOf(name);
  if (MAKE) writeFileSync(fileOf(name), JSON.stringify(is, null, 2) + '\n');
  expect(existsSync(fileOf(name))).toBe(true);
  expect(is).toEqual(golden(name));
});

test.each(NAMES)('the golden frames of %s are read as they were meant, and answered as they were', (name) => {
  const profile = opened.get(name)!;
  for (const { step, request, means, answer } of golden(name)) {
    const message = profile.decode(Buffer.from(request, 'hex'));
    expect(plain(profile.read(message, ARRIVAL))).toEqual(means);
    const said = STEPS.find((each) => each.name === step)!.answer;
    expect(
      profile.codec
        .encode(profile.write(message, said, NOW))
        .toString('hex')
        .toUpperCase(),
    ).toBe(answer);
  }
});

/** The third is a PSP that nobody has: it has none. */
test.each(NAMES.filter((name) => name !== 'desert'))('the examples of %s are these exchanges', (name) => {
  const file = new URL(`../../profiles/${name}.json`, import.meta.url);
  const is = examplesOf(name);
  if (MAKE) {
    const rest = readFileSync(file, 'utf8').replace(/,\s*"examples": \[[^]*$|\s*\}\s*$/, ''); // they come last
    writeFileSync(file, `${rest},\n"examples": ${JSON.stringify(is)}}`);
  } else expect(loaded.get(name)!.file.examples).toEqual(is);
});

describe('domain/02, as observed', () => {
  const frame = (name: string, step: string, part: 'request' | 'answer') => {
    const profile = opened.get(name)!;
    return profile.codec.decode(Buffer.from(golden(name).find((each) => each.step === step)![part], 'hex'));
  };
  const text = (hex: string | undefined) => Buffer.from(hex ?? '', 'hex').toString('latin1');

  test('sadad-like: an inquiry has FC046, its answer FC047 with total, credit and trace', () => {
    const asked = frame('sadad-like', 'inquiry', 'request');
    expect([asked.mti, asked.get(3), asked.get(4)]).toEqual(['0100', '680000', '000012000000']);
    expect(text(asked.get(63))).toBe('01' + '046' + '045' + '002' + '0000000000001' + '01' + '000200' + '0000000000002' + '02' + '000150'); // prettier-ignore
    const told = frame('sadad-like', 'inquiry', 'answer');
    expect([told.mti, text(told.get(63))]).toEqual(['0110', '01' + '047' + '037' + '000012000000' + '000010000000' + '1632712000007']); // prettier-ignore
  });

  test('sadad-like: the receipt lines of a sale are FC029 in Iran System', () => {
    const told = text(frame('sadad-like', 'purchase', 'answer').get(63));
    expect(told.slice(0, 5)).toBe('01029');
    expect(Array.from(told.slice(8)).some((character) => character >= '\x80')).toBe(true);
  });

  test('sadad-like: a reversal has DE 3, 4, 11, 35 and the trace of its original', () => {
    const [sale, reversal] = [frame('sadad-like', 'purchase', 'request'), frame('sadad-like', 'reversal', 'request')];
    for (const de of [3, 4, 11, 35, 63]) expect(reversal.get(de)).toBe(sale.get(de));
    expect(reversal.has(90)).toBe(false);
  });

  test('behpardakht-like: DE 6 is the card part, and DE 4 of the purchase is that', () => {
    const [told, bought] = [frame('behpardakht-like', 'inquiry', 'answer'), frame('behpardakht-like', 'purchase', 'request')]; // prettier-ignore
    expect(told.get(6)).toBe('000002000000');
    expect([bought.get(3), bought.get(4), bought.get(37), bought.get(44)]).toEqual(['800000', told.get(6), told.get(37), told.get(44)]); // prettier-ignore
    expect(text(told.get(47))).toBe('000007000000' + '000003000000');
  });

  test('behpardakht-like: another RRN than that of the inquiry is refused', () => {
    const profile = opened.get('behpardakht-like')!;
    const forged = frame('behpardakht-like', 'purchase', 'request').with({ 37: '632712000008' });
    expect(profile.read(forged, ARRIVAL)).toMatchObject({ kind: 'refused', rc: '25', path: '37' });
  });

  test('behpardakht-like: the goods list comes in pages that fit together', () => {
    const profile = opened.get('behpardakht-like')!;
    const goods = Array.from({ length: 60 }, (_, n) => {
      return {
        code: String(n + 1).padStart(13, '0'),
        category: '01',
        nameFa: 'شیر کم‌چرب',
        unit: '00' as const,
        capRials: 900_000n,
      };
    });
    const ask = (page: number) => {
      const fields = {
        3: '820000',
        11: '000300',
        12: '261123123000',
        41: '10000001',
        48: { '05': '01', '1D': String(page).padStart(4, '0') },
      };
      return profile.codec.decode(profile.codec.encode({ mti: '0100', fields }));
    };
    expect(profile.read(ask(2), ARRIVAL)).toMatchObject({ kind: 'goods', page: 2 });
    const page = (n: number) =>
      profile.codec.decode(profile.codec.encode(profile.write(ask(n), { rc: '00', goods, page: n }, NOW)));
    const last = Number(page(1).get('48.1E'));
    const all = Array.from({ length: last }, (_, n) => text(page(n + 1).get(47))).join('');
    expect(last).toBeGreaterThan(2);
    expect(all.split(';').filter((each) => each !== '')).toHaveLength(60);
    expect(page(last + 1).get(47)).toBeUndefined();
  });
});

describe.each(NAMES)('hostile bytes to %s', (name) => {
  const profile = opened.get(name)!;
  const frames = exchangesOf(name).map(({ request }) => Buffer.from(String(request), 'hex'));

  test('are a CodecError, a refusal with its place, or a transaction: never anything else', () => {
    const change = fc.record({ frame: fc.nat(frames.length - 1), flips: fc.array(fc.tuple(fc.nat(4_000), fc.nat(255)), { maxLength: 6 }), cut: fc.nat(40) }); // prettier-ignore
    fc.assert(
      fc.property(change, ({ frame, flips, cut }) => {
        const bytes = Buffer.from(frames[frame]!);
        for (const [at, value] of flips) bytes[at % bytes.length] = value;
        const sent = cut < 3 ? bytes.subarray(0, bytes.length - cut) : bytes;
        let message;
        try {
          message = profile.decode(sent);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
          profile.salvage(sent);
          return;
        }
        if (isAnswer(message.mti)) return; // nobody answers an answer
        profile.security(message);
        profile.networkCode(message);
        const read = profile.read(message, ARRIVAL);
        if (read.kind === 'refused') expect(['12', '13', '25', '30']).toContain(read.rc);
        const refusal = { rc: '30', rrn: '632790000001', fault: '4', text: 'خطا' };
        profile.codec.encode(profile.write(message, refusal, NOW));
      }),
      { numRuns: 3_000 },
    );
  });
});
