import { HsmError } from '../errors.ts';
import type { PinTranslation } from '../hsm.ts';
import { sameMac } from '../crypto/mac.ts';
import type { Ibm3624Check, PinSource, PvvCheck } from '../payment-hsm.ts';
import { decipherField, reencipherPin } from '../crypto/pin-block.ts';
import { pinOfField } from '../crypto/pin-field.ts';
import { ibm3624Pin, visaPvv } from '../crypto/pvv.ts';
import { checkTranslation } from '../usage.ts';
import type { KeyStore } from './key-store.ts';
import { workingKey, type DukptUses, type WorkingKey } from './working-key.ts';

const PIN_USES: DukptUses = { tdes: 'pin', aes: 'pin', usage: { tdes: 'P0', aes: 'P0' } };

/** @throws HsmError `pin.block`, `pin.format`, `pan.format`, `key.*`, `dukpt.ksn` */
export function translatePin(store: KeyStore, request: PinTranslation, random: (bytes: number) => Buffer): Buffer {
  checkTranslation(request.fromFormat, request.toFormat);
  const source = openSource(store, request.from);
  const target = store.open(request.to, 'encrypt-pin');
  const from = { cipher: source.cipher, format: request.fromFormat };
  const to = { cipher: target.cipher, format: request.toFormat };
  return reencipherPin(from, to, request.block, request.pan, random);
}

export function checkPvv(store: KeyStore, request: PvvCheck): boolean {
  if (!/^\d{4}$/.test(request.pvv)) throw new HsmError('data.length', 'A PVV has four digits.');
  const pvk = store.open(request.pvk, 'verify-pvv');
  const expected = visaPvv(pvk.cipher, request.pan, request.pvki, pinOf(store, request));
  return sameText(expected, request.pvv);
}

export function checkIbm3624(store: KeyStore, request: Ibm3624Check): boolean {
  const pvk = store.open(request.pvk, 'verify-3624');
  const pin = pinOf(store, request);
  const expected = ibm3624Pin(pvk.cipher, request.pan, request);
  // The offset may cover only the first digits of a longer PIN; a shorter PIN never matches.
  return sameText(expected, pin.slice(0, expected.length));
}

function pinOf(store: KeyStore, source: PinSource): string {
  return pinOfField(decipherField(openSource(store, source.from).cipher, source.format, source.block, source.pan));
}

function openSource(store: KeyStore, from: PinSource['from']): WorkingKey {
  return workingKey(store, from, 'decrypt-pin', PIN_USES);
}

function sameText(a: string, b: string): boolean {
  return sameMac(Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1'));
}
