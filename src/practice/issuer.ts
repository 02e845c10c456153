import type { BankPort, BankRequest } from '../handlers/index.ts';
import { decryptPinBlock, HsmError, type Hsm, type KeyRef } from '../hsm/index.ts';
import type { LegResult } from '../ledger/index.ts';
import { EXPIRY, PIN } from './people.ts';

/** What a practice card has in the bank, for each purchase anew. */
const BALANCE_RIALS = 20_000_000n;

/** The issuer of the practice cards, in this process: there is no link to any bank, and no way to one.
 *  @param zpk between the practice HSM and this issuer; `clear` is the same key */
export function practiceIssuer(hsm: Pick<Hsm, 'translatePin'>, zpk: KeyRef, clear: Buffer): BankPort {
  const pinOf = async ({ pin, card }: BankRequest): Promise<string | undefined> => {
    if (pin === undefined) return undefined;
    const { block, format: fromFormat, key: from } = pin;
    const translated = await hsm.translatePin({ block, pan: card.pan, from, fromFormat, to: zpk, toFormat: 4 });
    return decryptPinBlock(clear, 'AES', 4, translated, card.pan);
  };
  const decide = async (request: BankRequest, rials: bigint): Promise<LegResult> => {
    try {
      if (request.card.expiry !== EXPIRY) return { kind: 'declined', rc: '54' };
      if ((await pinOf(request)) !== PIN) return { kind: 'declined', rc: '55' };
    } catch (error) {
      if (!(error instanceof HsmError)) throw error;
      return { kind: 'declined', rc: '55' }; // no PIN for this card in that block
    }
    if (rials > BALANCE_RIALS) return { kind: 'declined', rc: '51' };
    return { kind: 'approved', authCode: request.rrn.slice(-6) };
  };
  return {
    ready: () => true,
    cardLeg: (request, rials) => decide(request, rials),
    pinCheck: (request) => decide(request, 0n),
    refund: (request) => decide(request, 0n),
    forward: (request, _code, rials) => decide(request, rials),
  };
}
