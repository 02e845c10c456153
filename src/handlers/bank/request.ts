import { HsmError, type Hsm, type KeyRef } from '../../hsm/index.ts';
import type { QueuedAdvice } from '../../ledger/index.ts';
import type { Fields } from '../../net/link/index.ts';
import { tehran } from '../../ops/clock.ts';
import { RIAL, type MoneyUnit } from '../../field/money-unit.ts';
import type { EncryptedPin } from '../../profiles/index.ts';
import type { BankRequest } from '../ports.ts';

/** DE 4 and 49. An amount is said in the terminal's unit where that can say it to the rial, and in rials otherwise: the bank is asked
 *  for exactly what was split (docs/decisions/0088). */
function amount(rials: bigint, unit: Pick<MoneyUnit, 'stepRials' | 'numeric'> = RIAL): { 4: string; 49: string } {
  const { stepRials, numeric } = rials % unit.stepRials === 0n ? unit : RIAL;
  return { 4: n12(rials / stepRials), 49: numeric };
}

function n12(value: bigint): string {
  return String(value).padStart(12, '0');
}

/** An 0200 or 0100 to the bank, without PIN and MAC (wire.md 10).
 *  @param voucherRials DE 48 tag 50: what the voucher pays of the same purchase; undefined: it has no part in it */
export function authorisation(
  request: BankRequest,
  processingCode: string,
  amountRials: bigint,
  voucherRials: bigint | undefined,
): Fields {
  const { leg, card, unit } = request;
  const said = amount(amountRials, unit);
  return {
    2: card.pan,
    3: processingCode,
    4: said[4],
    7: leg.transmission,
    11: leg.stan,
    12: request.localTime,
    13: request.localDate,
    14: card.expiry,
    22: request.posEntryMode,
    25: '00',
    35: card.track2,
    37: request.rrn,
    41: request.terminal,
    42: request.merchant,
    48:
      voucherRials === undefined
        ? undefined
        : { '50': n12(voucherRials / (said[49] === RIAL.numeric ? 1n : (unit ?? RIAL).stepRials)) },
    49: said[49],
    55: request.emv,
  };
}

/** The PIN for the connection that carries the request: ISO format 0 in DE 52 under a TDES ZPK, format 4 in DE 48 tag 20
 *  under an AES one. DE 53 says which.
 *  @throws HsmError `pin.block` when the terminal's block holds no PIN for this PAN */
export function pinFields(
  request: BankRequest,
  fields: Fields,
  hsm: Hsm,
): ((zpk: KeyRef) => Promise<Fields>) | undefined {
  const { pin, card } = request;
  if (pin === undefined) return undefined;
  return async (zpk) => {
    const aes = zpk.algorithm === 'AES';
    const translate = (fromFormat: EncryptedPin['format']): Promise<Buffer> =>
      hsm.translatePin({ block: pin.block, pan: card.pan, from: pin.key, fromFormat, to: zpk, toFormat: aes ? 4 : 0 });
    const block = await translate(pin.format).catch((error: unknown) => {
      // wire.md 3: DE 52 is format 0, and 3 is accepted. Which one it is stands in the block, for the HSM alone to see.
      if (pin.format !== 0 || !(error instanceof HsmError) || error.code !== 'pin.block') throw error;
      return translate(3);
    });
    const hex = block.toString('hex').toUpperCase();
    const tags = typeof fields['48'] === 'object' ? fields['48'] : {};
    return aes ? { 48: { ...tags, '20': hex }, 53: '02'.padEnd(16, '0') } : { 52: hex, 53: '01'.padEnd(16, '0') };
  };
}

/** A queued 0420 or 0220, or its repeat. No PAN: it is not kept (docs/decisions/0005); DE 90, 37, 41 and 42 name the
 *  original, as DE 11, 7 and 41 named it to the bank. */
export function adviceFields(advice: QueuedAdvice): Fields {
  const local = tehran(advice.queuedAt);
  const said = amount(advice.amountRials, advice.unit);
  const original = advice.originalMti + advice.originalLeg.stan + advice.originalLeg.transmission;
  return {
    3: '000000',
    4: said[4],
    7: advice.leg.transmission,
    11: advice.leg.stan,
    12: local.time,
    13: local.date,
    25: '00',
    37: advice.rrn,
    39: advice.mti === '0420' ? advice.reason : '00',
    41: advice.terminal,
    42: advice.merchant,
    49: said[49],
    90: original.padEnd(42, '0'),
  };
}
