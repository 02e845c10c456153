import { expect, test } from '@jest/globals';
import { decryptPinBlock, encryptPinBlock, retailMac, softwareHsm, unwrapKeyBlock } from '../../src/hsm/index.ts';

const hsm = softwareHsm({ lmk: Buffer.alloc(32, 7) });
const tmk = Buffer.from('0123456789ABCDEFFEDCBA9876543210', 'hex');
const PAN = '6037990000000072';

test('session keys reach a terminal in key blocks, and its PIN and MAC are understood', async () => {
  const master = await hsm.formKey({ usage: 'K1', algorithm: 'TDES', bits: 128 }, [tmk, Buffer.alloc(16)]);
  expect(master.kcv).toBe('08D7B4');
  const tpk = await hsm.generateKey({ usage: 'P0', algorithm: 'TDES', bits: 128 });
  const tak = await hsm.generateKey({ usage: 'M3', algorithm: 'TDES', bits: 128 });
  const zpk = await hsm.generateKey({ usage: 'P0', algorithm: 'TDES', bits: 128 });
  const [terminalTpk, terminalTak, bankZpk] = await Promise.all(
    [tpk, tak, zpk].map(async (key) => unwrapKeyBlock(await hsm.exportKeyBlock(key, master), tmk).key),
  );
  const block = encryptPinBlock(terminalTpk!, 'TDES', 0, '1234', PAN);
  const translated = await hsm.translatePin({ block, pan: PAN, from: tpk, fromFormat: 0, to: zpk, toFormat: 0 });
  expect(decryptPinBlock(bankZpk!, 'TDES', 0, translated, PAN)).toBe('1234');
  const data = Buffer.from('0200');
  expect(await hsm.verifyMac(tak, data, retailMac(terminalTak!, data))).toBe(true);
  expect(await hsm.verifyMac(tak, data, Buffer.alloc(8))).toBe(false);
  await expect(hsm.generateMac(tpk, data)).rejects.toMatchObject({ code: 'key.usage' });
  await expect(hsm.generateMac({ ...tpk, usage: 'M3' }, data)).rejects.toMatchObject({ code: 'key.token' });
});
