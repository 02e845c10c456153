import { HsmError } from '../errors.ts';
import type { DukptKey, PinTranslation } from '../hsm.ts';
import { checkFormat } from '../crypto/pin-block.ts';
import { checkTranslation, demandUsage, isDukpt } from '../usage.ts';
import { accountNumber, command, formatCode } from './commands.ts';
import type { Session } from './session.ts';
import { hostKey } from './tokens.ts';

/** Digits of the longest PIN. */
const MAX_PIN = '12';

/** CA (key block LMK: any PIN key), CC (variant LMK: ZPK to ZPK), G0 or CI (DUKPT). The PIN is never outside the HSM.
 *  @throws HsmError `pin.block`, `pin.format`, `pan.format`, `dukpt.ksn`, `key.*` */
export async function translate(session: Session, request: PinTranslation): Promise<Buffer> {
  const { from, fromFormat, to, toFormat, block, pan } = request;
  checkTranslation(fromFormat, toFormat);
  demandUsage('encrypt-pin', to.usage);
  checkFormat(isDukpt(from) ? from.bdk : from, fromFormat);
  checkFormat(to, toFormat);
  if (block.length !== (fromFormat === 4 ? 16 : 8))
    throw new HsmError('pin.block', 'The PIN block has a wrong length.');
  const account = accountNumber(pan, [fromFormat, toFormat]);
  const formats = [formatCode(fromFormat), formatCode(toFormat)];
  const blockHex = block.toString('hex').toUpperCase();
  const target = hostKey(to, session.lmk);
  const answer = isDukpt(from)
    ? await command(session.pool, session.dukptCommand, [
        ...dukptFields(session, from, target),
        blockHex,
        ...(session.dukptCommand === 'CI' ? formats.slice(1) : formats),
        account,
        session.lmkField,
      ])
    : await command(session.pool, session.lmk === 'keyblock' ? 'CA' : 'CC', [
        sourceKey(session, from),
        target,
        MAX_PIN,
        blockHex,
        ...formats,
        account,
        session.lmkField,
      ]);
  answer.digits(2); // the length of the PIN: nothing that we want to know
  return answer.hex(toFormat === 4 ? 16 : 8);
}

function sourceKey(session: Session, from: Exclude<PinTranslation['from'], DukptKey>): string {
  demandUsage('decrypt-pin', from.usage);
  return hostKey(from, session.lmk);
}

function dukptFields(session: Session, { bdk, ksn }: DukptKey, target: string): string[] {
  demandUsage('derive-dukpt', bdk.usage);
  const aes = bdk.algorithm === 'AES';
  if (ksn.length !== (aes ? 12 : 10)) throw new HsmError('dukpt.ksn', `A KSN has ${aes ? 12 : 10} bytes here.`);
  const descriptor = aes ? session.ksnDescriptor.aes : session.ksnDescriptor.tdes;
  return [hostKey(bdk, session.lmk), target, descriptor, ksn.toString('hex').toUpperCase()];
}
