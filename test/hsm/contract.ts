import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  decryptPinBlock,
  encryptPinBlock,
  kcv,
  unwrapKeyBlock,
  wrapKeyBlock,
  type KeyRef,
  type KeySpec,
  type PaymentHsm,
  type PinBlockFormat,
} from '../../src/hsm/index.ts';
import { oddParity } from '../../src/hsm/crypto/bytes.ts';
import { wrapVariant } from '../../src/hsm/crypto/variant.ts';
import { bytes, doubled, group, hex, text, type Vector } from './vectors.ts';

/** What a back-end may be unable to do; it then says `hsm.unsupported`. */
export type Ability =
  'form' | 'tdes dukpt' | 'aes dukpt' | 'dukpt mac' | 'cards' | 'data' | 'variant' | 'mac padding' | 'weak keys';

export interface Opened {
  readonly hsm: PaymentHsm;
  /** Protection keys (K1) that the test knows in clear: how it brings its keys in and reads those that come out. */
  readonly kbpk: { readonly TDES: Known; readonly AES: Known };
  close(): Promise<void>;
}

export interface Known {
  readonly ref: KeyRef;
  readonly clear: Buffer;
}

export interface Backend {
  readonly name: string;
  readonly abilities: readonly Ability[];
  open(): Promise<Opened>;
}

const PAN = '6037990000000072';
const PIN = '1234';

/** Brings a key in whose value the test knows. */
export async function inject({ hsm, kbpk }: Opened, spec: KeySpec, clear: Buffer): Promise<KeyRef> {
  const known = kbpk[spec.algorithm];
  const version = spec.algorithm === 'AES' ? 'D' : 'B';
  const algorithm = spec.algorithm === 'AES' ? 'A' : 'T';
  const content = { version, usage: spec.usage, algorithm, mode: 'N', exportability: 'E' } as const;
  return hsm.importKeyBlock(wrapKeyBlock(content, clear, known.clear), known.ref);
}

export async function reveal({ hsm, kbpk }: Opened, ref: KeyRef): Promise<Buffer> {
  const known = kbpk[ref.algorithm];
  return unwrapKeyBlock(await hsm.exportKeyBlock(ref, known.ref), known.clear).key;
}

export function code(expected: string): object {
  return { code: expected };
}

function bitsOf(key: Buffer): KeySpec['bits'] {
  return (key.length * 8) as KeySpec['bits'];
}

/** The one suite that every back-end passes. */
export function describeBackend(backend: Backend): void {
  describe(`the ${backend.name} back-end`, () => {
    let opened: Opened;
    const get = () => opened;
    beforeAll(async () => {
      opened = await backend.open();
    });
    afterAll(() => opened.close());
    const can = (ability: Ability) => backend.abilities.includes(ability);

    describeKeys(backend, get);
    describeVariants(backend, get);
    describeMacs(get, can);
    describePins(get, can);

    test('random bytes are as many as asked for, and differ', async () => {
      const [one, two] = [await opened.hsm.random(16), await opened.hsm.random(16)];
      expect(one).toHaveLength(16);
      expect(one.equals(two)).toBe(false);
    });

    test('a closed HSM refuses', async () => {
      const other = await backend.open();
      await other.close();
      await expect(other.hsm.random(8)).rejects.toMatchObject(code('hsm.closed'));
    });
  });
}

function describeKeys(backend: Backend, get: () => Opened): void {
  const specs: KeySpec[] = [
    { usage: 'P0', algorithm: 'TDES', bits: 128 },
    { usage: 'M3', algorithm: 'TDES', bits: 128 },
    { usage: 'P0', algorithm: 'AES', bits: 128 },
    { usage: 'M6', algorithm: 'AES', bits: 256 },
  ];

  test('its status says which it is and that it is ready', async () => {
    expect(await get().hsm.status()).toMatchObject({ backend: backend.name, ready: true });
  });

  test.each(specs)('a generated $algorithm $usage key leaves only under a protection key', async (spec) => {
    const key = await get().hsm.generateKey(spec);
    const clear = await reveal(get(), key);
    expect(clear).toHaveLength(spec.bits / 8);
    expect(key.token).not.toContain(hex(clear));
    expect(Buffer.from(key.token, 'base64url').includes(clear)).toBe(false);
    const again = await inject(get(), spec, clear);
    expect({ kcv: again.kcv, usage: again.usage }).toEqual({ kcv: key.kcv, usage: key.usage });
    expect(await get().hsm.kcv(again)).toBe(key.kcv);
  });

  test.each(group('KCV', (vector) => bytes(vector, 'key').length > 8))('check value %s', async (_, vector) => {
    const algorithm = vector.name.startsWith('AES') ? 'AES' : 'TDES';
    const key = bytes(vector, 'key');
    const ref = await inject(get(), { usage: 'P0', algorithm, bits: bitsOf(key) }, key);
    expect(ref.kcv).toBe(vector.expected.slice(0, 6));
  });

  test('a key block that was changed, or is under another key, is refused', async () => {
    const { hsm, kbpk } = get();
    const block = await hsm.exportKeyBlock(await hsm.generateKey(specs[0]!), kbpk.TDES.ref);
    const changed = block.slice(0, -1) + (block.endsWith('0') ? '1' : '0');
    await expect(hsm.importKeyBlock(changed, kbpk.TDES.ref)).rejects.toMatchObject(code('keyblock.mac'));
    await expect(hsm.importKeyBlock('rubbish', kbpk.TDES.ref)).rejects.toMatchObject(code('keyblock.format'));
  });

  test('a key never travels under a weaker one', async () => {
    const { hsm, kbpk } = get();
    const key = await hsm.generateKey({ usage: 'P0', algorithm: 'AES', bits: 256 });
    await expect(hsm.exportKeyBlock(key, kbpk.TDES.ref)).rejects.toMatchObject(code('key.strength'));
  });

  test('usage is bound: no key does the work of another, whatever its reference says', async () => {
    const { hsm, kbpk } = get();
    const mac = await hsm.generateKey(specs[1]!);
    const pin = await hsm.generateKey(specs[0]!);
    const request = { block: Buffer.alloc(8), pan: PAN, fromFormat: 0, to: pin, toFormat: 0 } as const;
    await expect(hsm.translatePin({ ...request, from: mac })).rejects.toMatchObject(code('key.usage'));
    await expect(hsm.generateMac(pin, Buffer.alloc(8))).rejects.toMatchObject(code('key.usage'));
    await expect(hsm.exportKeyBlock(pin, mac)).rejects.toMatchObject(code('key.usage'));
    await expect(hsm.translatePin({ ...request, from: { ...mac, usage: 'P0' } })).rejects.toMatchObject(
      code('key.token'),
    );
    await expect(hsm.exportKeyBlock(pin, { ...kbpk.TDES.ref, token: 'rubbish' })).rejects.toMatchObject(
      code('key.token'),
    );
  });

  test('a key that is not exportable stays', async () => {
    const { hsm, kbpk } = get();
    const content = { version: 'B', usage: 'P0', algorithm: 'T', mode: 'B', exportability: 'N' } as const;
    const clear = Buffer.from('0123456789ABCDEFFEDCBA9876543210', 'hex');
    const key = await hsm.importKeyBlock(wrapKeyBlock(content, clear, kbpk.TDES.clear), kbpk.TDES.ref);
    await expect(hsm.exportKeyBlock(key, kbpk.TDES.ref)).rejects.toMatchObject(code('key.exportable'));
  });

  test('two components make a key, one does not', async () => {
    const { hsm } = get();
    const parts = [Buffer.from('0123456789ABCDEFFEDCBA9876543210', 'hex'), Buffer.alloc(16)];
    if (!backend.abilities.includes('form')) {
      await expect(hsm.formKey(specs[0]!, parts)).rejects.toMatchObject(code('hsm.unsupported'));
      return;
    }
    expect((await hsm.formKey(specs[0]!, parts)).kcv).toBe('08D7B4');
    await expect(hsm.formKey(specs[0]!, parts.slice(1))).rejects.toMatchObject(code('key.components'));
    await expect(hsm.formKey(specs[0]!, [parts[0]!, Buffer.alloc(8)])).rejects.toMatchObject(code('key.components'));
  });
}

function describeVariants(backend: Backend, get: () => Opened): void {
  const spec = { usage: 'P0', algorithm: 'TDES', bits: 128 } as const;
  const clear = Buffer.from('13345779133457799BBCDFF1FEDCBA98', 'hex');
  const zmkClear = Buffer.from('133457799BBCDFF1FEDCBA9876543210', 'hex');

  test.each(['X', 'U'] as const)('a key comes and goes under a ZMK by scheme %s', async (scheme) => {
    const { hsm } = get();
    const zmk = await inject(get(), { ...spec, usage: 'K0' }, zmkClear);
    const cryptogram = wrapVariant(oddParity(clear), zmkClear, scheme);
    const imported = hsm.importVariantKey(spec, cryptogram, zmk);
    if (!backend.abilities.includes('variant')) {
      await expect(imported).rejects.toMatchObject(code('hsm.unsupported'));
      return;
    }
    const key = await imported;
    expect(key.kcv).toBe(kcv('TDES', clear));
    expect(await hsm.exportVariantKey(key, zmk, scheme)).toBe(cryptogram);
    await expect(hsm.importVariantKey(spec, 'X00', zmk)).rejects.toMatchObject(code('keyblock.format'));
    const aes = { ...spec, algorithm: 'AES' } as const;
    await expect(hsm.importVariantKey(aes, cryptogram, zmk)).rejects.toMatchObject(code('key.spec'));
    await expect(hsm.exportVariantKey(key, key, scheme)).rejects.toMatchObject(code('key.usage'));
  });
}

function describeMacs(get: () => Opened, can: (ability: Ability) => boolean): void {
  const full = (vector: Vector) => text(vector, 'message') !== '';

  test.each(group('ISO9797-1 alg3'))('retail MAC %s', async (_, vector) => {
    const key = await inject(get(), { usage: 'M3', algorithm: 'TDES', bits: 128 }, bytes(vector, 'key'));
    const padding = Number(text(vector, 'padding')) as 1 | 2;
    const [data, mac] = [bytes(vector, 'message'), Buffer.from(vector.expected, 'hex')];
    if (padding === 2 && !can('mac padding')) return;
    expect(hex(await get().hsm.generateMac(key, data, { padding }))).toBe(vector.expected);
    expect(await get().hsm.verifyMac(key, data, mac, { padding })).toBe(true);
  });

  test.each(group('ISO9797-1 alg1'))('ISO 9797-1 algorithm 1 %s', async (_, vector) => {
    if (!can('weak keys')) return;
    const half = bytes(vector, 'key').subarray(0, 8);
    const key = await inject(get(), { usage: 'M1', algorithm: 'TDES', bits: 128 }, doubled(half));
    expect(hex(await get().hsm.generateMac(key, bytes(vector, 'message')))).toBe(vector.expected);
  });

  test.each(group('AES-CMAC', full))('AES CMAC %s, leftmost 8 bytes', async (_, vector) => {
    const clear = bytes(vector, 'key');
    const key = await inject(get(), { usage: 'M6', algorithm: 'AES', bits: bitsOf(clear) }, clear);
    const mac = await get().hsm.generateMac(key, bytes(vector, 'message'));
    expect(hex(mac)).toBe(vector.expected.slice(0, 16).toUpperCase());
    expect(await get().hsm.verifyMac(key, bytes(vector, 'message'), mac)).toBe(true);
  });

  test.each(group('TDES-CMAC', full))('TDES CMAC %s', async (_, vector) => {
    const clear = bytes(vector, 'key');
    const key = await inject(get(), { usage: 'M6', algorithm: 'TDES', bits: bitsOf(clear) }, clear);
    expect(hex(await get().hsm.generateMac(key, bytes(vector, 'message')))).toBe(vector.expected.toUpperCase());
  });

  test('any other MAC is wrong, and one of another length is not an error', async () => {
    const key = await get().hsm.generateKey({ usage: 'M3', algorithm: 'TDES', bits: 128 });
    const data = Buffer.from('a message of no whole number of blocks');
    const mac = await get().hsm.generateMac(key, data);
    const changed = Buffer.from(mac);
    changed[7] = changed[7]! ^ 1;
    expect(await get().hsm.verifyMac(key, data, mac)).toBe(true);
    for (const wrong of [changed, mac.subarray(0, 4), Buffer.alloc(0), Buffer.concat([mac, mac])]) {
      expect(await get().hsm.verifyMac(key, data, wrong)).toBe(false);
    }
  });
}

function describePins(get: () => Opened, can: (ability: Ability) => boolean): void {
  const algorithmOf = (format: PinBlockFormat) => (format === 4 ? 'AES' : 'TDES');
  const keyFor = (format: PinBlockFormat) =>
    get().hsm.generateKey({ usage: 'P0', algorithm: algorithmOf(format), bits: 128 });

  test.each<[PinBlockFormat, PinBlockFormat]>([
    [0, 0],
    [0, 3],
    [3, 0],
    [1, 0],
    [1, 1],
    [4, 0],
    [0, 4],
    [4, 4],
  ])('a PIN goes from format %d to format %d', async (fromFormat, toFormat) => {
    const [from, to] = [await keyFor(fromFormat), await keyFor(toFormat)];
    const block = encryptPinBlock(await reveal(get(), from), algorithmOf(fromFormat), fromFormat, PIN, PAN);
    const translated = await get().hsm.translatePin({ block, pan: PAN, from, fromFormat, to, toFormat });
    const target = await reveal(get(), to);
    expect(decryptPinBlock(target, algorithmOf(toFormat), toFormat, translated, PAN)).toBe(PIN);
  });

  test.each<[PinBlockFormat]>([[0], [3], [4]])('format %d never becomes format 1', async (fromFormat) => {
    const [from, to] = [await keyFor(fromFormat), await keyFor(1)];
    const block = encryptPinBlock(await reveal(get(), from), algorithmOf(fromFormat), fromFormat, PIN, PAN);
    const request = { block, pan: PAN, from, fromFormat, to, toFormat: 1 } as const;
    await expect(get().hsm.translatePin(request)).rejects.toMatchObject(code('pin.format'));
  });

  test('a block of another key or of rubbish holds no PIN', async () => {
    const [from, to, other] = [await keyFor(0), await keyFor(0), await keyFor(0)];
    const block = encryptPinBlock(await reveal(get(), from), 'TDES', 0, PIN, PAN);
    const request = { block, pan: PAN, from: other, fromFormat: 0, to, toFormat: 0 } as const;
    await expect(get().hsm.translatePin(request)).rejects.toMatchObject(code('pin.block'));
    await expect(get().hsm.translatePin({ ...request, pan: 'abc' })).rejects.toMatchObject(code('pan.format'));
  });

  test.each(group('DUKPT TDES', (vector) => vector.name.startsWith('enc PIN')))('TDES DUKPT %s', async (_, vector) => {
    const spec = { usage: 'B0', algorithm: 'TDES', bits: 128 } as const;
    const bdk = await inject(get(), spec, bytes(vector, 'bdk'));
    const from = { bdk, ksn: bytes(vector, 'ksn') };
    const to = await keyFor(0);
    const block = Buffer.from(vector.expected, 'hex');
    const pan = '4012345678909';
    const request = get().hsm.translatePin({ block, pan, from, fromFormat: 0, to, toFormat: 0 });
    if (!can('tdes dukpt')) {
      await expect(request).rejects.toMatchObject(code('hsm.unsupported'));
      return;
    }
    expect(decryptPinBlock(await reveal(get(), to), 'TDES', 0, await request, pan)).toBe(PIN);
  });

  test.each(group('DUKPT AES-128', (vector) => 'pin' in vector.input))('AES DUKPT %s', async (_, vector) => {
    const clear = Buffer.from('FEDCBA9876543210F1F1F1F1F1F1F1F1', 'hex');
    const bdk = await inject(get(), { usage: 'B0', algorithm: 'AES', bits: 128 }, clear);
    const from = { bdk, ksn: bytes(vector, 'ksn') };
    const to = await keyFor(0);
    const [block, pan] = [Buffer.from(vector.expected, 'hex'), text(vector, 'pan')];
    const request = get().hsm.translatePin({ block, pan, from, fromFormat: 4, to, toFormat: 0 });
    if (!can('aes dukpt')) {
      await expect(request).rejects.toMatchObject(code('hsm.unsupported'));
      return;
    }
    expect(decryptPinBlock(await reveal(get(), to), 'TDES', 0, await request, pan)).toBe(text(vector, 'pin'));
  });
}
