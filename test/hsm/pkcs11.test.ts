import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPublicKey, verify } from 'node:crypto';
import {
  createPkcs11Lmk,
  encryptPinBlock,
  pkcs11Hsm,
  softwareHsm,
  type KeySpec,
  type PaymentHsm,
  type Pkcs11Options,
} from '../../src/hsm/index.ts';
import { CK, loadModule } from '../../src/hsm/pkcs11/module.ts';
import { Sessions } from '../../src/hsm/pkcs11/sessions.ts';
import { hasPkcs11, softHsm, type SoftHsm } from '../support/soft-hsm.ts';
import { code, describeBackend, inject, type Opened } from './contract.ts';

const CLEAR_TDES = Buffer.from('0123456789ABCDEFFEDCBA98765432100011223344556677', 'hex');
const CLEAR_AES = Buffer.from('00112233445566778899AABBCCDDEEFFFFEEDDCCBBAA99887766554433221100', 'hex');
const P0: KeySpec = { usage: 'P0', algorithm: 'AES', bits: 128 };
const M6: KeySpec = { usage: 'M6', algorithm: 'AES', bits: 128 };

const suite = hasPkcs11 ? describe : describe.skip;

let soft: SoftHsm;
let options: Pkcs11Options;
let lenient: Pkcs11Options;

suite('PKCS#11 on SoftHSM', () => {
  beforeAll(async () => {
    soft = await softHsm('kalabarg-test');
    [options = {} as Pkcs11Options] = soft.tokens;
    lenient = { ...options, allowClearKeysInHost: true, allowClearPinBlockInHost: true };
  });
  afterAll(() => soft.remove());

  async function open(): Promise<Opened> {
    const hsm = await pkcs11Hsm(lenient);
    const known = async (spec: KeySpec, clear: Buffer) => ({
      ref: await hsm.formKey(spec, [clear, Buffer.alloc(clear.length)]),
      clear,
    });
    return {
      hsm,
      kbpk: {
        TDES: await known({ usage: 'K1', algorithm: 'TDES', bits: 192 }, CLEAR_TDES),
        AES: await known({ usage: 'K1', algorithm: 'AES', bits: 256 }, CLEAR_AES),
      },
      close: () => hsm.close(),
    };
  }

  describeBackend({ name: 'pkcs11', abilities: ['form', 'mac padding'], open });

  async function using<T>(work: (hsm: PaymentHsm) => Promise<T>, changed: Partial<Pkcs11Options> = {}): Promise<T> {
    const hsm = await pkcs11Hsm({ ...options, ...changed });
    try {
      return await work(hsm);
    } finally {
      await hsm.close();
    }
  }

  describe('a token that keeps to PCI', () => {
    test('PINs are not translated unless that is allowed by name', async () => {
      await using(async (hsm) => {
        const [from, to] = [await hsm.generateKey(P0), await hsm.generateKey(P0)];
        const request = {
          block: Buffer.alloc(16),
          pan: '6037990000000072',
          from,
          fromFormat: 4,
          to,
          toFormat: 4,
        } as const;
        const translated = hsm.translatePin(request);
        await expect(translated).rejects.toMatchObject(code('hsm.unsupported'));
        await expect(translated).rejects.toThrow('allowClearPinBlockInHost');
      });
    });

    test('key blocks and retail MAC keys are not made unless that is allowed by name; AES keys live on the token alone', async () => {
      await using(async (hsm) => {
        const kbpk = await hsm.generateKey({ usage: 'K1', algorithm: 'AES', bits: 256 });
        const key = await hsm.generateKey(M6);
        await expect(hsm.exportKeyBlock(key, kbpk)).rejects.toThrow('allowClearKeysInHost');
        await expect(hsm.importKeyBlock('D0112', kbpk)).rejects.toThrow('allowClearKeysInHost');
        const m3 = hsm.generateKey({ usage: 'M3', algorithm: 'TDES', bits: 128 });
        await expect(m3).rejects.toThrow('allowClearKeysInHost');
        const data = Buffer.from('0200');
        expect(await hsm.verifyMac(key, data, await hsm.generateMac(key, data))).toBe(true);
      });
    });
  });

  describe('key pairs that stay on the token', () => {
    test('sign what their public half verifies, in a later process too, and nobody reads the private half', async () => {
      const data = Buffer.from('a certificate');
      const spki = await using((hsm) => hsm.makeSigningKey('authority-1'));
      const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
      expect(key.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
      await using(async (hsm) => {
        const signatures = await Promise.all(Array.from({ length: 300 }, () => hsm.signBy('authority-1', data)));
        for (const signature of signatures) expect(verify('sha256', data, key, signature)).toBe(true); // also where r or s is short
        expect(verify('sha256', Buffer.from('another'), key, signatures[0]!)).toBe(false);
      });
      const sessions = new Sessions(await loadModule(options.library), { ...options, sessions: 1, timeoutMs: 5_000 });
      const secret = (type: number) =>
        sessions.run('C_GetAttributeValue', (session) => {
          sessions.cryptoki.C_FindObjectsInit(session, [
            { type: CK.CKA_CLASS, value: CK.CKO_PRIVATE_KEY },
            { type: CK.CKA_LABEL, value: 'authority-1' },
          ]);
          const [found] = sessions.cryptoki.C_FindObjects(session, 1);
          sessions.cryptoki.C_FindObjectsFinal(session);
          return sessions.cryptoki.C_GetAttributeValue(session, found!, [{ type }])[0]?.value;
        });
      await expect(secret(CK.CKA_VALUE)).rejects.toThrow('CKR_ATTRIBUTE_SENSITIVE');
      expect(await secret(CK.CKA_EXTRACTABLE)).toEqual(Buffer.from([0]));
      sessions.close();
    });

    test('are found by their label alone', async () => {
      await using(async (hsm) => {
        await hsm.makeSigningKey('authority-2');
        await expect(hsm.makeSigningKey('authority-2')).rejects.toMatchObject(code('key.spec'));
        await expect(hsm.makeSigningKey('')).rejects.toMatchObject(code('key.spec'));
        await expect(hsm.signBy('authority-3', Buffer.alloc(1))).rejects.toMatchObject(code('key.token'));
      });
    });

    test('are not kept by the software back-end', async () => {
      const hsm = softwareHsm({ lmk: Buffer.alloc(32, 1) });
      await expect(hsm.makeSigningKey('authority-1')).rejects.toMatchObject(code('hsm.unsupported'));
      await expect(hsm.signBy('authority-1', Buffer.alloc(1))).rejects.toMatchObject(code('hsm.unsupported'));
    });
  });

  describe('custody', () => {
    test('a token outlives the process that made it, and the LMK it was made under', async () => {
      const data = Buffer.from('a message');
      const [key, mac] = await using(async (hsm) => {
        const made = await hsm.generateKey(M6);
        return [made, await hsm.generateMac(made, data)] as const;
      });
      const next = await createPkcs11Lmk(options);
      await using(async (hsm) => {
        expect((await hsm.status()).detail).toContain(`LMK ${next}`);
        expect(await hsm.verifyMac(key, data, mac)).toBe(true);
        const moved = await hsm.rewrap(key);
        expect(moved).toEqual({ ...key, token: expect.stringMatching(new RegExp(`^P${next}\\.`)) });
        expect(await hsm.verifyMac(moved, data, mac)).toBe(true);
        expect(await hsm.kcv(moved)).toBe(key.kcv);
      });
    });

    test('an LMK that another process made is found with the first keys under it, by all that ask at once', async () => {
      await using(async (running) => {
        const keys = await Promise.all(Array.from({ length: 10 }, () => running.generateKey(M6)));
        await createPkcs11Lmk(options);
        await new Promise((done) => setTimeout(done, 30));
        const moved = await using((manager) => Promise.all(keys.map((key) => manager.rewrap(key))));
        const macs = await Promise.all(moved.map((key) => running.generateMac(key, Buffer.from('data'))));
        expect(macs.map(String)).toEqual(
          (await Promise.all(keys.map((key) => running.generateMac(key, Buffer.from('data'))))).map(String),
        );
        expect((await running.generateKey(M6)).token.slice(0, 3)).toBe(moved[0]!.token.slice(0, 3));
      });
    });

    test('no key that is at work can be read or wrapped, and the master keys never', async () => {
      const cryptoki = await loadModule(options.library);
      const sessions = new Sessions(cryptoki, {
        tokenLabel: options.tokenLabel,
        pin: options.pin,
        sessions: 1,
        timeoutMs: 1_000,
      });
      await using(async (hsm) => {
        await hsm.generateMac(await hsm.generateKey(M6), Buffer.alloc(8));
        const found = await sessions.run('C_FindObjects', (session) => {
          cryptoki.C_FindObjectsInit(session, [{ type: CK.CKA_CLASS, value: CK.CKO_SECRET_KEY }]);
          const all = cryptoki.C_FindObjects(session, 100);
          cryptoki.C_FindObjectsFinal(session);
          return all;
        });
        const extractable = await sessions.run('C_FindObjects', (session) => {
          cryptoki.C_FindObjectsInit(session, [{ type: CK.CKA_EXTRACTABLE, value: true }]);
          const all = cryptoki.C_FindObjects(session, 100);
          cryptoki.C_FindObjectsFinal(session);
          return all;
        });
        expect(found.length).toBeGreaterThan(2);
        expect(extractable).toEqual([]);
      });
      sessions.close();
    });

    test('a token that was changed in any part is refused', async () => {
      await using(async (hsm) => {
        const key = await hsm.generateKey(M6);
        const parts = key.token.split('.');
        for (const changed of [
          { ...key, kcv: '000000' },
          { ...key, token: parts.with(1, 'NE').join('.') },
          { ...key, token: parts.with(0, 'P77').join('.') },
          { ...key, token: parts.with(2, Buffer.alloc(24).toString('base64url')).join('.') },
        ]) {
          await expect(hsm.generateMac(changed, Buffer.alloc(8))).rejects.toMatchObject(code('key.token'));
        }
      });
    });

    test('more keys than the token may hold at once take turns', async () => {
      await using(
        async (hsm) => {
          const keys = await Promise.all(Array.from({ length: 12 }, () => hsm.generateKey(M6)));
          const data = Buffer.from('data');
          const macs = await Promise.all(keys.map((key) => hsm.generateMac(key, data)));
          const checked = await Promise.all(keys.map((key, i) => hsm.verifyMac(key, data, macs[i]!)));
          expect(checked).toEqual(Array(12).fill(true));
        },
        { cacheSize: 3, sessions: 2 },
      );
    });
  });

  describe('a token that went away', () => {
    /** Ends every session of this process with the token, as a restart of the HSM does. */
    async function disconnect(): Promise<void> {
      const cryptoki = (await loadModule(options.library)) as unknown as {
        C_GetSlotList(present: boolean): Buffer[];
        C_GetTokenInfo(slot: Buffer): { label: string };
        C_CloseAllSessions(slot: Buffer): void;
      };
      const ours = (slot: Buffer) => cryptoki.C_GetTokenInfo(slot).label.trim() === options.tokenLabel;
      for (const slot of cryptoki.C_GetSlotList(true).filter(ours)) cryptoki.C_CloseAllSessions(slot);
    }

    test('is opened again, and no operation is lost: neither the first nor those that come at once', async () => {
      await using(async (hsm) => {
        const keys = await Promise.all(Array.from({ length: 5 }, () => hsm.generateKey(M6)));
        const data = Buffer.from('data');
        const macs = await Promise.all(keys.map((key) => hsm.generateMac(key, data)));
        for (let round = 0; round < 3; round++) {
          await disconnect();
          const again = await Promise.all([...keys, ...keys].map((key) => hsm.generateMac(key, data)));
          expect(again.map(String)).toEqual([...macs, ...macs].map(String));
        }
        expect((await hsm.status()).ready).toBe(true);
      });
    });

    test('and cannot be opened says so, and stays closed once it is closed', async () => {
      const opened = await pkcs11Hsm(options);
      await disconnect();
      expect((await opened.status()).ready).toBe(false);
      expect((await opened.status()).ready).toBe(true);
      await opened.close();
      await expect(opened.random(1)).rejects.toMatchObject(code('hsm.closed'));
    });
  });

  describe('sessions', () => {
    test('hundreds of operations at once each get their own result', async () => {
      const opened = await open();
      const key = await inject(opened, { usage: 'P0', algorithm: 'TDES', bits: 128 }, CLEAR_TDES.subarray(0, 16));
      const pans = Array.from({ length: 200 }, (_, i) => `603799${String(i).padStart(9, '0')}0`);
      const done = await Promise.all(
        pans.map((pan) => {
          const block = encryptPinBlock(CLEAR_TDES.subarray(0, 16), 'TDES', 0, '1234', pan);
          return opened.hsm
            .translatePin({ block, pan, from: key, fromFormat: 0, to: key, toFormat: 0 })
            .then((out) => out.equals(block));
        }),
      );
      expect(done).toEqual(Array(200).fill(true));
      await opened.close();
    });

    test('a session that saw an error is not used again, and the next operation works', async () => {
      const cryptoki = await loadModule(options.library);
      const sessions = new Sessions(cryptoki, {
        tokenLabel: options.tokenLabel,
        pin: options.pin,
        sessions: 1,
        timeoutMs: 200,
      });
      const seen: string[] = [];
      const ask = (work: () => Promise<unknown>) =>
        sessions.run('C_Test', (session) => {
          seen.push(session.toString('hex'));
          return work();
        });
      await expect(ask(() => Promise.reject(new Error('CKR_FUNCTION_FAILED:6')))).rejects.toThrow(
        'The HSM refused C_Test: CKR_FUNCTION_FAILED.',
      );
      expect(await ask(() => Promise.resolve('good'))).toBe('good');
      expect(await ask(() => Promise.resolve('good'))).toBe('good');
      expect(seen[0]).not.toBe(seen[1]);
      expect(seen[1]).toBe(seen[2]);
      let finish: (value: unknown) => void = () => undefined;
      const late = ask(() => new Promise((done) => (finish = done)));
      await expect(late).rejects.toMatchObject(code('hsm.timeout'));
      finish(undefined);
      sessions.close();
    });
  });

  test.each<[string, Partial<Pkcs11Options>, string]>([
    ['a wrong PIN', { pin: '0000' }, 'hsm.auth'],
    ['a token that is not there', { tokenLabel: 'elsewhere' }, 'hsm.unavailable'],
    ['a library that is not there', { library: '/nowhere/lib.so' }, 'hsm.missing'],
  ])('%s is said so, without the PIN', async (_, changed, expected) => {
    const opened = pkcs11Hsm({ ...options, ...changed });
    await expect(opened).rejects.toMatchObject(code(expected));
    await expect(opened).rejects.not.toThrow(changed.pin ?? options.pin);
  });
});
