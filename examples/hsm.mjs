// Keys, a PIN block and a MAC behind the one HSM interface. Run: node examples/hsm.mjs
import { randomBytes } from 'node:crypto';
import { decryptPinBlock, encryptPinBlock, softwareHsm, unwrapKeyBlock } from 'kalabarg-gateway/hsm';

const hsm = softwareHsm({ lmk: randomBytes(32) });
const pan = '6037990000000071';

// A terminal's TMK, formed of two components; the session keys leave under it.
const components = [Buffer.from('0123456789ABCDEFFEDCBA9876543210', 'hex'), Buffer.alloc(16)];
const tmk = await hsm.formKey({ usage: 'K1', algorithm: 'TDES', bits: 128 }, components);
const tpk = await hsm.generateKey({ usage: 'P0', algorithm: 'TDES', bits: 128 });
const block = await hsm.exportKeyBlock(tpk, tmk);
console.log(`TMK check value ${tmk.kcv}; the key block begins ${block.slice(0, 9)}`);

// The terminal's side: it opens the block and encrypts the PIN.
const terminalKey = unwrapKeyBlock(block, components[0]).key;
const pinBlock = encryptPinBlock(terminalKey, 'TDES', 0, '1234', pan);

// The HSM moves the PIN to the bank's key without anyone seeing it.
const zmk = randomBytes(16);
const zmkRef = await hsm.formKey({ usage: 'K1', algorithm: 'AES', bits: 128 }, [zmk, Buffer.alloc(16)]);
const zpk = await hsm.generateKey({ usage: 'P0', algorithm: 'TDES', bits: 128 });
const translated = await hsm.translatePin({ block: pinBlock, pan, from: tpk, fromFormat: 0, to: zpk, toFormat: 0 });
const bankKey = unwrapKeyBlock(await hsm.exportKeyBlock(zpk, zmkRef), zmk).key;
console.log(`the bank reads the PIN: ${decryptPinBlock(bankKey, 'TDES', 0, translated, pan)}`);

const tak = await hsm.generateKey({ usage: 'M3', algorithm: 'TDES', bits: 128 });
const data = Buffer.from('a message');
const mac = await hsm.generateMac(tak, data);
console.log(`the MAC holds: ${await hsm.verifyMac(tak, data, mac)}`);
await hsm.close();
