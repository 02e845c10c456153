import { HsmError } from '../errors.ts';
import { CK, refused, type Handle } from './module.ts';
import { keyGeneration, template, type Right } from './objects.ts';
import type { Sessions } from './sessions.ts';

/** The keys on the token that everything else is sealed under: one wraps, one MACs what goes with it. They never leave. */
export interface MasterKeys {
  readonly generation: number;
  readonly wrap: Handle;
  readonly mac: Handle;
}

const LABEL = 'kalabarg-lmk';
const BITS = 256;
/** Generations that are looked for: a change of LMK is a matter of years. */
const MAX_GENERATION = 99;

/** Every generation on the token, the newest last.
 *  @throws HsmError `lmk.invalid` when a generation is there by halves, or twice */
export async function findMasterKeys(sessions: Sessions): Promise<MasterKeys[]> {
  const found: MasterKeys[] = [];
  for (let generation = 1; generation <= MAX_GENERATION; generation++) {
    const [wrap, mac] = [await find(sessions, name(generation, 'wrap')), await find(sessions, name(generation, 'mac'))];
    if (wrap === undefined && mac === undefined) break;
    if (wrap === undefined || mac === undefined) {
      throw new HsmError('lmk.invalid', `The token holds only half of LMK ${generation} (${LABEL}-${generation}-*).`);
    }
    found.push({ generation, wrap, mac });
  }
  return found;
}

/** Makes the next generation on the token. What is sealed under the one before stays readable.
 *  @returns its number */
export async function createMasterKeys(sessions: Sessions): Promise<number> {
  const generation = (await findMasterKeys(sessions)).length + 1;
  await create(sessions, name(generation, 'wrap'), ['wrap', 'unwrap']);
  await create(sessions, name(generation, 'mac'), ['sign']);
  return generation;
}

function name(generation: number, part: 'wrap' | 'mac'): string {
  return `${LABEL}-${generation}-${part}`;
}

async function create(sessions: Sessions, label: string, rights: readonly Right[]): Promise<void> {
  const options = { rights, extractable: false, label, valueBytes: BITS / 8 };
  await sessions.atHome('C_GenerateKey', (session) =>
    sessions.cryptoki.C_GenerateKeyAsync(session, keyGeneration('AES', BITS), template('AES', BITS, options)),
  );
}

async function find(sessions: Sessions, label: string): Promise<Handle | undefined> {
  const { cryptoki } = sessions;
  const wanted = [
    { type: CK.CKA_CLASS, value: CK.CKO_SECRET_KEY },
    { type: CK.CKA_LABEL, value: label },
  ];
  const [first, second] = await sessions.atHome('C_FindObjects', (session) => {
    cryptoki.C_FindObjectsInit(session, wanted);
    try {
      return cryptoki.C_FindObjects(session, 2);
    } catch (error) {
      throw refused('C_FindObjects', error);
    } finally {
      cryptoki.C_FindObjectsFinal(session);
    }
  });
  if (second !== undefined)
    throw new HsmError('lmk.invalid', `The token holds two keys ${label}: remove the wrong one.`);
  return first;
}
