import { describe, expect, test } from '@jest/globals';
import { softwareHsm, type KeySpec } from '../../src/hsm/index.ts';
import { code, describeBackend, inject, type Opened } from './contract.ts';
import { bytes, group, hex, text, type Vector } from './vectors.ts';

const CLEAR_TDES = Buffer.from('0123456789ABCDEFFEDCBA98765432100011223344556677', 'hex');
const CLEAR_AES = Buffer.from('00112233445566778899AABBCCDDEEFFFFEEDDCCBBAA99887766554433221100', 'hex');

async function open(): Promise<Opened> {
  const hsm = softwareHsm({ lmk: Buffer.alloc(32, 7), allowWeakKeys: true });
  const kbpk = async (spec: KeySpec, clear: Buffer) => ({
    ref: await hsm.formKey(spec, [clear, Buffer.alloc(clear.length)]),
    clear,
  });
  return {
    hsm,
    kbpk: {
      TDES: await kbpk({ usage: 'K1', algorithm: 'TDES', bits: 192 }, CLEAR_TDES),
      AES: await kbpk({ usage: 'K1', algorithm: 'AES', bits: 256 }, CLEAR_AES),
    },
    close: () => hsm.close(),
  };
}

describeBackend({
  name: 'software',
  abilities: ['form', 'tdes dukpt', 'aes dukpt', 'dukpt mac', 'cards', 'data', 'variant', 'mac padding', 'weak keys'],
  open,
});

describe('card values through the software back-end', () => {
  const tdes = (usage: KeySpec['usage']): KeySpec => ({ usage, algorithm: 'TDES', bits: 128 });

  async function enciphered(opened: Opened, pin: string, pan: string) {
    const clear = Buffer.from('0123456789ABCDEFFEDCBA9876543210', 'hex');
    const from = await inject(opened, tdes('P0'), clear);
    const { encryptPinBlock } = await import('../../src/hsm/index.ts');
    return { from, format: 0 as const, pan, block: encryptPinBlock(clear, 'TDES', 0, pin, pan) };
  }

  test.each(group('Visa PVV'))('PVV %s', async (_, vector) => {
    const opened = await open();
    const pvk = await inject(opened, tdes('V2'), bytes(vector, 'pvk'));
    const source = await enciphered(opened, text(vector, 'pin'), text(vector, 'pan'));
    const check = { ...source, pvk, pvki: text(vector, 'pvki') };
    expect(await opened.hsm.verifyPvv({ ...check, pvv: vector.expected })).toBe(true);
    expect(await opened.hsm.verifyPvv({ ...check, pvv: '0000' })).toBe(false);
  });

  test.each(group('IBM 3624'))('IBM 3624 %s', async (_, vector) => {
    const opened = await open();
    const pvk = await inject(opened, tdes('V1'), bytes(vector, 'pvk'));
    const [start, length] = [Number(text(vector, 'start')), Number(text(vector, 'len'))];
    const check = {
      pvk,
      decimalization: text(vector, 'table'),
      offset: text(vector, 'offset'),
      validation: { start, length, pad: text(vector, 'pad') },
    };
    const pan = text(vector, 'pan');
    const good = { ...check, ...(await enciphered(opened, vector.expected, pan)) };
    expect(await opened.hsm.verifyIbm3624(good)).toBe(true);
    expect(await opened.hsm.verifyIbm3624({ ...good, ...(await enciphered(opened, '9999', pan)) })).toBe(false);
  });

  test('a decimalization table with few digits is refused: it tells the PIN', async () => {
    const opened = await open();
    const pvk = await opened.hsm.generateKey(tdes('V1'));
    const source = await enciphered(opened, '1234', '5555555551234567');
    const check = { ...source, pvk, offset: '0000', decimalization: '1000000000000000' };
    await expect(opened.hsm.verifyIbm3624(check)).rejects.toMatchObject(code('data.length'));
  });

  test.each(group('CVV'))('CVV %s', async (_, vector) => {
    const { hsm, ...rest } = await open();
    const cvk = await inject({ hsm, ...rest }, tdes('C0'), bytes(vector, 'cvk'));
    const card = {
      cvk,
      pan: text(vector, 'pan'),
      expiry: text(vector, 'expiry'),
      serviceCode: text(vector, 'serviceCode'),
    };
    expect(await hsm.verifyCvv({ ...card, cvv: vector.expected })).toBe(true);
    expect(await hsm.verifyCvv({ ...card, cvv: '000' })).toBe(false);
  });

  const session = ({ name }: Vector) => {
    if (name.includes('MCHIP')) return 'mastercard';
    return name.includes('CSK') ? 'common' : 'none';
  };
  const emvCard = (vector: Vector) => ({
    pan: text(vector, 'pan'),
    panSequence: text(vector, 'csn'),
    atc: bytes(vector, 'atc'),
    unpredictable: bytes(vector, 'un'),
  });

  test.each(group('EMV ARQC'))('ARQC %s', async (_, vector) => {
    const opened = await open();
    const imk = await inject(opened, tdes('E0'), bytes(vector, 'imkAc'));
    const padding = vector.name.includes('pad80') ? 2 : 1;
    const request = {
      ...emvCard(vector),
      imk,
      session: session(vector),
      data: bytes(vector, 'data'),
      padding,
    } as const;
    expect(await opened.hsm.verifyArqc({ ...request, arqc: Buffer.from(vector.expected, 'hex') })).toBe(true);
    expect(await opened.hsm.verifyArqc({ ...request, arqc: Buffer.alloc(8) })).toBe(false);
  });

  test.each(group('EMV ARPC'))('ARPC %s', async (_, vector) => {
    const opened = await open();
    const [, arqcVector] = group('EMV ARQC')[0]!;
    const imk = await inject(opened, tdes('E0'), bytes(arqcVector, 'imkAc'));
    const response = vector.name.startsWith('method1')
      ? ({ method: 1, arc: bytes(vector, 'arc') } as const)
      : ({ method: 2, csu: bytes(vector, 'csu') } as const);
    // jPOS takes the card's master key itself for MChip's ARPC.
    const scheme = vector.name.includes('CSK') ? 'common' : 'none';
    const request = { ...emvCard(arqcVector), imk, session: scheme, arqc: bytes(vector, 'arqc'), response } as const;
    expect(hex(await opened.hsm.generateArpc(request))).toBe(vector.expected);
  });
});

describe('DUKPT through the software back-end', () => {
  const bdkClear = Buffer.from('0123456789ABCDEFFEDCBA9876543210', 'hex');
  const messageOf = (vector: Vector) => Buffer.from(text(vector, 'message'), 'latin1');
  const named = (start: string) => (vector: Vector) => vector.name.startsWith(start);
  async function bdkOf(opened: Opened) {
    return inject(opened, { usage: 'B0', algorithm: 'TDES', bits: 128 }, bdkClear);
  }

  test.each(group('DUKPT TDES', named('request MAC')))('%s', async (_, vector) => {
    const opened = await open();
    const key = { bdk: await bdkOf(opened), ksn: bytes(vector, 'ksn') };
    const mac = Buffer.from(vector.expected, 'hex');
    expect(await opened.hsm.verifyMac(key, messageOf(vector), mac, { bytes: 4 })).toBe(true);
  });

  test.each(group('DUKPT TDES', named('response MAC')))('%s', async (_, vector) => {
    const opened = await open();
    const key = { bdk: await bdkOf(opened), ksn: bytes(vector, 'ksn') };
    expect(hex(await opened.hsm.generateMac(key, messageOf(vector), { bytes: 4 }))).toBe(vector.expected);
  });

  test.each(group('DUKPT TDES', named('request data')))('%s', async (_, vector) => {
    const opened = await open();
    const key = { bdk: await bdkOf(opened), ksn: bytes(vector, 'ksn') };
    const data = Buffer.from(vector.expected, 'hex');
    const clear = await opened.hsm.decryptData({ key, mode: 'CBC', data });
    expect(clear.toString('latin1').replace(/\0+$/, '')).toBe(text(vector, 'message'));
    const request = { key, mode: 'CBC', data: clear, direction: 'request' } as const;
    expect(hex(await opened.hsm.encryptData(request))).toBe(vector.expected);
  });

  test('the PIN block of KSN …00008 that is quoted everywhere', async () => {
    const opened = await open();
    const [, vector] = group('DUKPT TDES', named('widely'))[0]!;
    const from = { bdk: await bdkOf(opened), ksn: bytes(vector, 'ksn') };
    const to = await opened.hsm.generateKey({ usage: 'P0', algorithm: 'TDES', bits: 128 });
    const block = Buffer.from(vector.expected, 'hex');
    const request = { block, pan: '4012345678909', from, fromFormat: 0, to, toFormat: 0 } as const;
    expect(await opened.hsm.translatePin(request)).toHaveLength(8);
  });
});
