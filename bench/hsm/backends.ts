import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  createPkcs11Lmk,
  payshieldHsm,
  pkcs11Hsm,
  type KeyRef,
  type KeySpec,
  type PaymentHsm,
} from '../../src/hsm/index.ts';
import { SimulatorLmk } from '../../src/simulators/payshield/lmk.ts';

/** An HSM that is measured, and a way to give it a key whose value is known. */
export interface Opened {
  readonly hsm: PaymentHsm;
  known(spec: KeySpec, clear: Buffer): Promise<KeyRef> | KeyRef;
  close(): Promise<void>;
}

const COMMAND = fileURLToPath(new URL('../../bin/kalabarg.js', import.meta.url));
const LIBRARY = '/usr/lib/softhsm/libsofthsm2.so';

/** The payShield simulator as a process of its own, so that only what the back-end does is on our event loop. */
export async function openPayshield(): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-bench-'));
  const lmk = randomBytes(32);
  const file = join(folder, 'lmk.key');
  writeFileSync(file, lmk.toString('hex'));
  const args = [COMMAND, 'simulate', 'hsm', '--port', '0', '--lmk', file];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(/:(\d+),/.exec(said.toString())?.[1]);
  const hsm = payshieldHsm({ endpoints: [{ host: '127.0.0.1', port }] });
  const simulated = new SimulatorLmk(lmk, randomBytes);
  return {
    hsm,
    known: (spec, clear) => simulated.reference(spec, clear),
    close: async () => {
      await hsm.close();
      child.kill();
      rmSync(folder, { recursive: true });
    },
  };
}

/** SoftHSM; undefined where it, or pkcs11js, is not there. */
export async function openPkcs11(): Promise<Opened | undefined> {
  if (!existsSync(LIBRARY)) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-bench-'));
  mkdirSync(join(folder, 'tokens'));
  process.env['SOFTHSM2_CONF'] = join(folder, 'softhsm2.conf');
  writeFileSync(process.env['SOFTHSM2_CONF'], `directories.tokendir = ${join(folder, 'tokens')}\nlog.level = ERROR\n`);
  const init = ['--init-token', '--free', '--label', 'bench', '--pin', '1234', '--so-pin', '12345678'];
  execFileSync('softhsm2-util', init, { stdio: 'ignore' });
  const options = {
    library: LIBRARY,
    tokenLabel: 'bench',
    pin: '1234',
    allowClearKeysInHost: true,
    allowClearPinBlockInHost: true,
  };
  await createPkcs11Lmk(options);
  const hsm = await pkcs11Hsm(options);
  return {
    hsm,
    known: (spec, clear) => hsm.formKey(spec, [clear, Buffer.alloc(clear.length)]),
    close: async () => {
      await hsm.close();
      rmSync(folder, { recursive: true });
    },
  };
}
