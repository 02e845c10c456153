import { afterEach, describe, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dropPreviousLmk, openHsm, replaceLmkFile, type PaymentHsm } from '../../src/hsm/index.ts';
import { ensureCertificates } from '../../src/demo/machine/certificates.ts';
import { loadConfig, type Config } from '../../src/ops/config.ts';
import { simulatePayshield } from '../../src/simulators/payshield/index.ts';
import { code } from './contract.ts';

const M6 = { usage: 'M6', algorithm: 'AES', bits: 128 } as const;
const DATA = Buffer.from('0200');
const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function settings(environment: Record<string, string> = {}): Config {
  const data = mkdtempSync(join(tmpdir(), 'kalabarg-open-'));
  closers.push(() => {
    rmSync(data, { recursive: true });
  });
  return loadConfig({ KALABARG_DATA: data, ...environment });
}

async function open(config: Config): Promise<PaymentHsm> {
  const hsm = await openHsm(config);
  closers.push(() => hsm.close());
  return hsm;
}

describe('the software back-end', () => {
  test('makes its LMK file, readable by its owner only, and finds its keys again', async () => {
    const config = settings();
    const key = await (await open(config)).generateKey(M6);
    const file = join(config.data, 'secrets', 'lmk.key');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = await open(config);
    expect(await again.kcv(key)).toBe(key.kcv);
    expect((await again.status()).detail).toContain('not PCI');
  });

  test('takes its LMK from the environment, and keeps no file of it', async () => {
    const lmk = '5A'.repeat(32);
    const config = settings({ KALABARG_LMK: lmk });
    const key = await (await open(config)).generateKey(M6);
    expect(() => readFileSync(join(config.data, 'secrets', 'lmk.key'))).toThrow('ENOENT');
    expect(await (await open(settings({ KALABARG_LMK: lmk }))).kcv(key)).toBe(key.kcv);
    const other = await open(settings({ KALABARG_LMK: 'A5'.repeat(32) }));
    await expect(other.kcv(key)).rejects.toMatchObject(code('key.token'));
  });

  test('makes its LMK of a passphrase and the salt in its folder', async () => {
    const config = settings({ KALABARG_LMK_PASSPHRASE: 'nine sparrows in the almond tree' });
    const key = await (await open(config)).generateKey(M6);
    expect(await (await open(config)).kcv(key)).toBe(key.kcv);
    const wrong = { ...config, hsm: { ...config.hsm, lmkPassphrase: 'ten sparrows in the almond tree' } };
    await expect((await open(wrong)).kcv(key)).rejects.toMatchObject(code('key.token'));
  });

  test('goes over to a new LMK while it runs, and refuses no key on the way', async () => {
    const config = settings();
    const running = await open(config);
    const old = await running.generateKey(M6);
    const mac = await running.generateMac(old, DATA);
    replaceLmkFile(config);
    await new Promise((done) => setTimeout(done, 30));
    const manager = await open(config);
    const moved = await manager.rewrap(old);
    expect(moved.token).not.toBe(old.token);
    expect(await running.verifyMac(moved, DATA, mac)).toBe(true);
    expect(await running.verifyMac(old, DATA, mac)).toBe(true);
    const made = await running.generateKey(M6);
    expect(() => {
      replaceLmkFile(config);
    }).toThrow('was not finished');
    dropPreviousLmk(config);
    const later = await open(config);
    expect(await later.verifyMac(moved, DATA, mac)).toBe(true);
    expect(await later.kcv(made)).toBe(made.kcv);
    await expect(later.kcv(old)).rejects.toMatchObject(code('key.token'));
    replaceLmkFile(config);
    expect(await (await open(config)).kcv(made)).toBe(made.kcv);
  });
});

test('a payShield is found by its hosts, over TLS with the authority in <data>/hsm', async () => {
  const config = settings({
    KALABARG_HSM: 'payshield',
    KALABARG_PAYSHIELD_TLS: 'true',
    KALABARG_PAYSHIELD_HEADER: '8',
  });
  const { ca, server } = await ensureCertificates(config.data, [], Date.now());
  const tls = { cert: readFileSync(server.cert), key: readFileSync(server.key) };
  const simulator = await simulatePayshield({ port: 0, tls, headerChars: 8 });
  closers.push(() => simulator.close());
  const hosts = `localhost:${simulator.port}`;
  const there = { ...config, hsm: { ...config.hsm, hosts } };
  await expect(openHsm(there)).rejects.toThrow('ca.crt');
  mkdirSync(join(config.data, 'hsm'));
  writeFileSync(join(config.data, 'hsm', 'ca.crt'), readFileSync(ca));
  expect(await (await open(there)).status()).toMatchObject({ backend: 'payshield', ready: true });
});

test.each([
  [{ KALABARG_HSM: 'pkcs11' }, 'pkcs11 needs hsm.library, hsm.token and hsm.pinFile'],
  [{ KALABARG_HSM: 'payshield' }, 'hsm.hosts: "" is not host or host:port'],
  [{ KALABARG_HSM: 'payshield', KALABARG_PAYSHIELD_HOSTS: 'a:1,b:99999' }, '"b:99999" is not host or host:port'],
])('%j is refused, saying what is missing', async (environment, message) => {
  await expect(openHsm(settings(environment))).rejects.toThrow(message);
});
