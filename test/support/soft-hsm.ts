import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInThisContext } from 'node:vm';
import { createPkcs11Lmk, type Pkcs11Options } from '../../src/hsm/index.ts';
import { loadModule } from '../../src/hsm/pkcs11/module.ts';

const LIBRARIES = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
];
const PIN = '98765432';

/** The package is optional: where no compiler was at hand when it was installed, there is nothing to test. */
export const hasPkcs11 = await loadModule('/nowhere').then(
  () => true,
  (error: unknown) => !String(error).includes('optional package'),
);

export interface SoftHsm {
  /** Of each token, in the order of the labels. */
  readonly tokens: readonly Pkcs11Options[];
  /** After everything that uses it was closed: the next file of this process has tokens of its own. */
  remove(): Promise<void>;
}

/** Tokens of SoftHSM, each with an LMK, in a folder of their own. All at once: the library looks for them when it is initialised. */
export async function softHsm(...labels: readonly string[]): Promise<SoftHsm> {
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-softhsm-'));
  mkdirSync(join(folder, 'tokens'));
  const file = join(folder, 'softhsm2.conf');
  writeFileSync(
    file,
    `directories.tokendir = ${join(folder, 'tokens')}\nobjectstore.backend = file\nlog.level = ERROR\n`,
  );
  // The library asks the real environment, which Jest hides behind a copy.
  (runInThisContext('process') as NodeJS.Process).env['SOFTHSM2_CONF'] = file;
  const library = LIBRARIES.find((each) => existsSync(each)) ?? '';
  for (const label of labels) {
    const init = ['--init-token', '--free', '--label', label, '--pin', PIN, '--so-pin', '12345678'];
    execFileSync('softhsm2-util', init, { env: { ...process.env, SOFTHSM2_CONF: file } });
  }
  const tokens = labels.map((tokenLabel) => ({ library, tokenLabel, pin: PIN }));
  for (const token of tokens) await createPkcs11Lmk(token);
  return {
    tokens,
    remove: async () => {
      const cryptoki = (await loadModule(library)) as unknown as { C_Finalize(): void };
      cryptoki.C_Finalize();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
