import { HsmError } from '../errors.ts';
import { blockCipher } from '../crypto/cipher.ts';
import { cmacWith } from '../crypto/mac.ts';
import { cbcFromZero, cmacBy, ecb } from './objects.ts';
import { CK, type Mechanism } from './module.ts';
import type { Sessions } from './sessions.ts';
import { template } from './objects.ts';

/** Mechanisms that a token may advertise and yet refuse, by what needs them. */
export interface Capabilities {
  readonly tdes: boolean;
  readonly tdesCmac: boolean;
  readonly aes: boolean;
  readonly aesCmac: boolean;
}

const KEY = Buffer.from('0123456789ABCDEFFEDCBA9876543210', 'hex');

/** Tries what is needed with a key whose results are known. A list of mechanisms says little: tokens on OpenSSL 3 advertise
 *  single DES and refuse it, others want a licence. */
export async function probe(sessions: Sessions): Promise<Capabilities> {
  const works = async (algorithm: 'TDES' | 'AES', kind: 'cipher' | 'cmac'): Promise<boolean> => {
    try {
      return await tried(sessions, algorithm, kind);
    } catch (error) {
      if (error instanceof HsmError && error.code === 'hsm.device') return false;
      throw error;
    }
  };
  return {
    tdes: await works('TDES', 'cipher'),
    tdesCmac: await works('TDES', 'cmac'),
    aes: await works('AES', 'cipher'),
    aesCmac: await works('AES', 'cmac'),
  };
}

async function tried(sessions: Sessions, algorithm: 'TDES' | 'AES', kind: 'cipher' | 'cmac'): Promise<boolean> {
  const { cryptoki } = sessions;
  const software = blockCipher(algorithm, KEY);
  const data = Buffer.alloc(software.blockBytes, 0x5a);
  const options = { rights: ['encrypt', 'decrypt', 'sign'], extractable: false, value: KEY } as const;
  const key = await sessions.atHome('C_CreateObject', (session) =>
    cryptoki.C_CreateObject(session, template(algorithm, 128, options)),
  );
  const encrypt = (mechanism: Mechanism): Promise<Buffer> =>
    sessions.run('C_Encrypt', (session) => {
      cryptoki.C_EncryptInit(session, mechanism, key);
      return cryptoki.C_EncryptAsync(session, data, Buffer.alloc(64));
    });
  try {
    if (kind === 'cmac') {
      const mac = await sessions.run('C_Sign', (session) => {
        cryptoki.C_SignInit(session, cmacBy(algorithm), key);
        return cryptoki.C_SignAsync(session, data, Buffer.alloc(64));
      });
      return mac.equals(cmacWith(software, data));
    }
    const [once, chained] = [await encrypt(ecb(algorithm)), await encrypt(cbcFromZero(algorithm))];
    return once.equals(software.encrypt(data)) && chained.equals(once);
  } finally {
    await sessions.atHome('C_DestroyObject', (session) => {
      cryptoki.C_DestroyObject(session, key);
    });
  }
}

/** @throws HsmError `hsm.unsupported` when even the keys that seal everything else cannot work */
export function demandMasterMechanisms({ aes, aesCmac }: Capabilities): void {
  if (aes && aesCmac) return;
  const missing = [aes ? '' : `AES (${CK.CKM_AES_ECB})`, aesCmac ? '' : `AES CMAC (${CK.CKM_AES_CMAC})`];
  const names = missing.filter((name) => name !== '').join(' and ');
  throw new HsmError('hsm.unsupported', `The token does not do ${names}, which keys are sealed with.`);
}
