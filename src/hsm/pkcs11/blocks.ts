import { randomBytes } from 'node:crypto';
import { HsmError } from '../errors.ts';
import type { KeyRef, KeySpec } from '../hsm.ts';
import { bindingOf, derivationData, type Binding, type BindingUse } from '../crypto/key-block-binding.ts';
import { parseHeader } from '../crypto/key-block-header.ts';
import { openKeyBlock, sealKeyBlock } from '../crypto/key-block.ts';
import { algorithmOf, checkTransport, demandUsage, usageOf } from '../usage.ts';
import type { KeyStore } from './key-store.ts';
import { cmacBy } from './objects.ts';
import { first } from './vault.ts';

/** X9.143 blocks. PKCS#11 knows none: the key in the block, and the keys derived from the protection key, pass through this
 *  process; the protection key itself stays on the token.
 *  @throws HsmError `keyblock.*`, `key.*` */
export async function importBlock(store: KeyStore, block: string, kbpk: KeyRef): Promise<KeyRef> {
  demandUsage('unwrap-block', kbpk.usage);
  const header = parseHeader(block);
  const version = versionFor(kbpk);
  if (header.version !== version) {
    throw new HsmError('keyblock.format', `Key block version ${header.version} is not taken under this key.`);
  }
  const { key } = openKeyBlock(block, header, await binding(store, kbpk, 'unwrap-block'));
  try {
    const { mode, exportability } = header;
    const spec = { usage: usageOf(header.usage), algorithm: algorithmOf(header.algorithm), bits: bitsOf(key) };
    return await store.keep(spec, key, { mode, exportability });
  } finally {
    key.fill(0);
  }
}

export async function exportBlock(store: KeyStore, ref: KeyRef, kbpk: KeyRef): Promise<string> {
  demandUsage('wrap-block', kbpk.usage);
  checkTransport(ref, kbpk);
  const bound = await binding(store, kbpk, 'wrap-block');
  const { key, mode, exportability } = await store.reveal(ref);
  const algorithm = ref.algorithm === 'AES' ? 'A' : 'T';
  const content = { version: versionFor(kbpk), usage: ref.usage, algorithm, mode, exportability };
  try {
    return sealKeyBlock(content, key, bound, randomBytes);
  } finally {
    key.fill(0);
  }
}

async function binding(store: KeyStore, kbpk: KeyRef, operation: 'wrap-block' | 'unwrap-block'): Promise<Binding> {
  const { sessions } = store.vault;
  return store.use(kbpk, operation, async (handles) => {
    const derive = async (use: BindingUse): Promise<Buffer> => {
      const parts: Buffer[] = [];
      for (const data of derivationData(kbpk.algorithm, kbpk.bits, use)) {
        const part = await sessions.run('C_Sign', (session) => {
          sessions.cryptoki.C_SignInit(session, cmacBy(kbpk.algorithm), first(handles));
          return sessions.cryptoki.C_SignAsync(session, data, Buffer.alloc(16));
        });
        parts.push(part);
      }
      return Buffer.concat(parts).subarray(0, kbpk.bits / 8);
    };
    return bindingOf(kbpk.algorithm, await derive('encryption'), await derive('mac'));
  });
}

function versionFor(kbpk: KeySpec): 'B' | 'D' {
  return kbpk.algorithm === 'AES' ? 'D' : 'B';
}

function bitsOf(key: Buffer): KeySpec['bits'] {
  if (key.length === 16) return 128;
  if (key.length === 24) return 192;
  if (key.length === 32) return 256;
  throw new HsmError('key.length', `A key of ${key.length} bytes is not supported.`);
}
