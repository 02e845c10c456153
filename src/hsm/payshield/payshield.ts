import { HsmError } from '../errors.ts';
import type { HsmStatus, KeyRef } from '../hsm.ts';
import type { PaymentHsm } from '../payment-hsm.ts';
import { noIssuing, noSigning, unsupported } from '../unsupported.ts';
import { command } from './commands.ts';
import { exportBlock, exportVariant, generate, importBlock, importVariant } from './keys.ts';
import { makeMac, checkMac } from './macs.ts';
import { translate } from './pins.ts';
import { openSession, type PayshieldOptions, type Session } from './session.ts';
import { hostKey, keyType } from './tokens.ts';

const BACKEND = 'payshield';
/** Most random bytes that one N0 gives. */
const MAX_RANDOM = 256;

/** A Thales payShield by host commands: keys never leave it but under another key, PINs never at all. */
export function payshieldHsm(options: PayshieldOptions): PaymentHsm {
  const session = openSession(options);
  const { pool, lmk, lmkField } = session;
  return {
    ...noIssuing(BACKEND),
    ...noSigning(BACKEND),
    status: () => status(session),
    generateKey: (spec) => generate(session, spec),
    formKey: () => Promise.reject(unsupported(BACKEND, 'keys formed in the host: form them at its console')),
    kcv: async (key: KeyRef) => {
      const flag = lmk === 'keyblock' ? 'F' : key.bits === 192 ? '2' : '1';
      const fields = ['FF', flag, hostKey(key, lmk), ';', keyType(key.usage, lmk), ';001', lmkField];
      return (await command(pool, 'BU', fields)).hex(3).toString('hex').toUpperCase();
    },
    rewrap: () => Promise.reject(unsupported(BACKEND, 'a change of LMK by this interface: use its BW command')),
    importKeyBlock: (block, kbpk) => importBlock(session, block, kbpk),
    exportKeyBlock: (key, kbpk) => exportBlock(session, key, kbpk),
    importVariantKey: (spec, cryptogram, zmk) => importVariant(session, spec, cryptogram, zmk),
    exportVariantKey: (key, zmk, scheme) => exportVariant(session, key, zmk, scheme),
    translatePin: (request) => translate(session, request),
    generateMac: (key, data, macOptions = {}) => makeMac(session, key, data, macOptions),
    verifyMac: (key, data, mac, macOptions = {}) => checkMac(session, key, data, mac, macOptions),
    random: async (bytes) => {
      const parts: Buffer[] = [];
      for (let left = bytes; left > 0; left -= MAX_RANDOM) {
        const count = Math.min(left, MAX_RANDOM);
        parts.push((await command(pool, 'N0', [String(count).padStart(3, '0'), lmkField])).bytes(count));
      }
      return Buffer.concat(parts);
    },
    close: () => {
      pool.close();
      return Promise.resolve();
    },
  };
}

/** NC (diagnostics) and B2 (echo): the HSM answers, and with what it was sent. */
async function status({ pool, lmkField }: Session): Promise<HsmStatus> {
  const { up, of } = pool.health;
  try {
    const echo = await command(pool, 'B2', ['0004', 'ECHO']);
    if (echo.text(4) !== 'ECHO') throw new HsmError('hsm.device', 'The HSM echoes something else than it was sent.');
    const diagnostics = await command(pool, 'NC', [lmkField]);
    const check = diagnostics.text(16);
    return { backend: BACKEND, ready: true, detail: `LMK ${check}, firmware ${diagnostics.text(diagnostics.left)}` };
  } catch (error) {
    if (!(error instanceof HsmError)) throw error;
    return { backend: BACKEND, ready: false, detail: `${error.message} (${up} of ${of} connections are up)` };
  }
}
