import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { observed, softwareHsm } from '../../src/hsm/index.ts';
import { systemClock } from '../../src/ops/clock.ts';

test('operations are measured, and refusals counted by their code, without a word of their data', async () => {
  const registry = new Registry();
  const hsm = observed(softwareHsm({ lmk: Buffer.alloc(32, 5) }), registry, systemClock);
  const key = await hsm.generateKey({ usage: 'M6', algorithm: 'AES', bits: 128 });
  const mac = await hsm.generateMac(key, Buffer.from('data'), { bytes: 16 });
  expect(mac).toHaveLength(16);
  expect(await hsm.verifyMac(key, Buffer.from('data'), mac, { bytes: 16 })).toBe(true);
  await expect(hsm.random(0)).rejects.toMatchObject({ code: 'data.length' });
  await expect(hsm.kcv({ ...key, usage: 'P0' })).rejects.toMatchObject({ code: 'key.token' });
  const text = await registry.metrics();
  expect(text).toContain('kalabarg_hsm_seconds_count{operation="generateMac"} 1');
  expect(text).toContain('kalabarg_hsm_refusals_total{operation="random",code="data.length"} 1');
  expect(text).toContain('kalabarg_hsm_refusals_total{operation="kcv",code="key.token"} 1');
  expect(text).not.toContain(key.token.slice(0, 16));
  expect((await hsm.status()).backend).toBe('software');
  await hsm.close();
  await expect(hsm.generateMac(key, Buffer.alloc(1))).rejects.toMatchObject({ code: 'hsm.closed' });
});
