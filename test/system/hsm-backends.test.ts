import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KeyRef } from '../../src/hsm/index.ts';
import { loadModule } from '../../src/hsm/pkcs11/module.ts';
import { DEMO_TERMINALS, DEMO_ZMK } from '../../src/demo/programme.ts';
import { SimulatorLmk } from '../../src/simulators/payshield/lmk.ts';
import { temporaryPostgres } from '../support/postgres.ts';
import { freePort } from '../../src/demo/machine/postgres.ts';
import { cardOf, runCommand, startSystem, systemEnvironment, type System } from '../support/system.ts';

/** A slow machine starts databases and gateways slowly. */
jest.setTimeout(240_000);

const COMMAND = fileURLToPath(new URL('../../bin/kalabarg.js', import.meta.url));
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-hsm-'));
  closers.push(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** More than the voucher credit of household 4, which has five members: the card and its PIN are asked for. */
const SPLIT = 60_000_000n;

describe('a payShield', () => {
  const K1 = { usage: 'K1', algorithm: 'TDES', bits: 128 } as const;

  interface Simulated {
    readonly port: number;
    readonly formed: (clear: Buffer) => KeyRef;
    /** Ends it, and with `start` it is back on its port. */
    kill(): Promise<void>;
    start(): Promise<void>;
  }

  /** The simulator as a process, with the keys that its console would have formed. */
  async function simulate(): Promise<Simulated> {
    const lmk = randomBytes(32);
    const file = join(temporaryFolder(), 'lmk.key');
    writeFileSync(file, lmk.toString('hex'));
    const simulated = new SimulatorLmk(lmk, randomBytes);
    const port = await freePort();
    let child: ChildProcess | undefined;
    const parts: Simulated = {
      port,
      formed: (clear) => simulated.reference(K1, clear),
      kill: async () => {
        if (child?.exitCode === null && child.kill()) await once(child, 'exit');
      },
      start: async () => {
        const args = [COMMAND, 'simulate', 'hsm', '--port', String(port), '--lmk', file];
        child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
        await once(child.stdout!, 'data');
      },
    };
    closers.push(() => parts.kill());
    await parts.start();
    return parts;
  }

  /** A gateway whose keys are in the HSM: the ZMK, and the TMK of terminal 10000001. */
  async function startOn({ port, formed }: Simulated): Promise<System> {
    const postgres = await temporaryPostgres();
    closers.push(() => postgres.stop());
    const hsm = {
      KALABARG_HSM: 'payshield',
      KALABARG_PAYSHIELD_HOSTS: `127.0.0.1:${port}`,
      KALABARG_HSM_TIMEOUT_MS: '1000',
      DATABASE_URL: postgres.url,
    };
    const adopt = (name: string, { token, kcv }: KeyRef, environment: Record<string, string>) => {
      const args = [COMMAND, 'keys', 'adopt', name, '--algorithm', 'TDES', '--kcv', kcv, '--by', 'Zohreh'];
      return execFileSync(process.execPath, args, { env: environment, input: `${token}\n` }).toString();
    };
    const before = await systemEnvironment(temporaryFolder());
    expect(adopt('zmk:bank', formed(DEMO_ZMK), { ...before, ...hsm })).toContain('zmk:bank is stored');
    const system = await startSystem(hsm);
    closers.push(() => system.stop());
    expect(adopt('terminal:10000001', formed(DEMO_TERMINALS[0]!.tmk), { ...system.environment })).toContain('08D7B4');
    return system;
  }

  test('serves a purchase to the approval, with keys that were adopted from its console', async () => {
    const system = await startOn(await simulate());
    const terminal = await system.terminal('10000001');
    const answer = await terminal.financial('179800', SPLIT, cardOf(4));
    expect({ rc: answer.rc, mac: answer.macGood }).toEqual({ rc: '00', mac: true });
    expect((await terminal.financial('179800', SPLIT, cardOf(9, '4321'))).rc).toBe('55');
    await expect(system.terminal('10000002')).rejects.toThrow('RC 58'); // it has no TMK yet
  });

  test('that goes away takes nobody with it: no answer without a MAC, and all is well when it is back', async () => {
    const simulated = await simulate();
    const system = await startOn(simulated);
    const terminal = await system.terminal('10000001');
    await simulated.kill();
    const asked = terminal.prepareFinancial('179800', SPLIT, cardOf(14));
    await expect(terminal.exchange(asked, 3_000)).rejects.toThrow('no answer');
    const other = await system.connect('10000001');
    await expect(other.exchange(other.prepare('0800', { 70: '301' }, { mac: false }), 3_000)).rejects.toThrow(
      'no answer',
    );
    const ready = await fetch(`http://127.0.0.1:${system.httpPort}/readyz`);
    expect({ status: ready.status, text: await ready.text() }).toEqual({
      status: 503,
      text: expect.stringContaining('HSM'),
    });
    await simulated.start();
    for (let tries = 0; ; tries++) {
      if ((await fetch(`http://127.0.0.1:${system.httpPort}/readyz`)).ok) break;
      if (tries > 100) throw new Error('not ready again');
      await new Promise((done) => setTimeout(done, 100));
    }
    const answer = await terminal.financial('179800', SPLIT, cardOf(4));
    expect({ rc: answer.rc, mac: answer.macGood }).toEqual({ rc: '00', mac: true });
    const credit = await terminal.financial('379800', 0n, cardOf(14, null));
    expect(credit.message.get(54)).toBe('9802364C000050000000');
  });

  test('without keys that were adopted does not start, and what to do is said', async () => {
    const { port } = await simulate();
    const postgres = await temporaryPostgres();
    closers.push(() => postgres.stop());
    const environment = {
      ...(await systemEnvironment(temporaryFolder())),
      KALABARG_HSM: 'payshield',
      KALABARG_PAYSHIELD_HOSTS: `127.0.0.1:${port}`,
      DATABASE_URL: postgres.url,
    };
    const started = await runCommand(['start'], environment);
    expect(started.status).toBe(1);
    expect(started.stderr).toContain('kalabarg keys adopt zmk:bank');
  });
});

const LIBRARY = ['/usr/lib/softhsm', '/usr/local/lib/softhsm', '/opt/homebrew/lib/softhsm']
  .map((folder) => join(folder, 'libsofthsm2.so'))
  .find((file) => existsSync(file));
/** The package is optional: where no compiler was at hand when it was installed, there is nothing to test. */
const built = await loadModule('/nowhere').then(
  () => true,
  (error: unknown) => !String(error).includes('optional package'),
);

(built ? describe : describe.skip)('a PKCS#11 token', () => {
  async function token(): Promise<Record<string, string>> {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'tokens'));
    const environment = {
      SOFTHSM2_CONF: join(folder, 'softhsm2.conf'),
      KALABARG_HSM: 'pkcs11',
      KALABARG_PKCS11_LIBRARY: LIBRARY ?? '',
      KALABARG_PKCS11_TOKEN: 'system',
      KALABARG_PKCS11_PIN_FILE: join(folder, 'pin'),
      KALABARG_ALLOW_CLEAR_KEYS_IN_HOST: 'true',
    };
    writeFileSync(environment.SOFTHSM2_CONF, `directories.tokendir = ${join(folder, 'tokens')}\nlog.level = ERROR\n`);
    writeFileSync(environment.KALABARG_PKCS11_PIN_FILE, '314159\n');
    const init = ['--init-token', '--free', '--label', 'system', '--pin', '314159', '--so-pin', '12345678'];
    execFileSync('softhsm2-util', init, { env: { ...process.env, ...environment }, stdio: 'ignore' });
    const made = await runCommand(['keys', 'lmk'], { ...(await systemEnvironment(folder)), ...environment });
    expect(made).toMatchObject({ status: 0, stdout: 'LMK 1 is on the token.\n' });
    return environment;
  }

  test('serves a purchase to the approval where clear PIN blocks are allowed in the host, and changes its LMK', async () => {
    const system = await startSystem({ ...(await token()), KALABARG_ALLOW_CLEAR_PIN_BLOCK_IN_HOST: 'true' });
    closers.push(() => system.stop());
    const terminal = await system.terminal('10000001');
    const answer = await terminal.financial('179800', SPLIT, cardOf(4));
    expect({ rc: answer.rc, mac: answer.macGood }).toEqual({ rc: '00', mac: true });
    expect(await system.kalabarg('keys', 'rotate', '--by', 'Zohreh')).toMatchObject({ status: 0, stderr: '' });
    expect((await terminal.financial('179800', SPLIT, cardOf(9))).rc).toBe('00');
    await (await system.terminal('10000002')).signOn();
  });

  test('moves nothing that needs a PIN where they are not', async () => {
    const system = await startSystem(await token());
    closers.push(() => system.stop());
    const terminal = await system.terminal('10000001');
    const answer = await terminal.financial('179800', SPLIT, cardOf(4));
    expect(answer.rc).toMatch(/^(91|96)$/);
    const inquiry = await terminal.financial('379800', 0n, cardOf(4, null));
    expect(inquiry.message.get(54)).toBe('9802364C000050000000');
  });
});
