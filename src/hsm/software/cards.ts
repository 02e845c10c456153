import { cardVerificationValue } from '../crypto/cvv.ts';
import { emvArpcMethod1, emvArpcMethod2, emvArqc, emvSessionKey } from '../crypto/emv.ts';
import { HsmError } from '../errors.ts';
import { sameMac } from '../crypto/mac.ts';
import type { ArpcRequest, ArqcCheck, CvvCheck } from '../payment-hsm.ts';
import type { KeyStore } from './key-store.ts';

/** @throws HsmError `pan.format`, `data.length`, `key.*` */
export function checkCvv(store: KeyStore, request: CvvCheck): boolean {
  if (!/^\d{3,5}$/.test(request.cvv)) throw new HsmError('data.length', 'A CVV has 3 to 5 digits.');
  const cvk = store.open(request.cvk, 'cvv');
  const expected = cardVerificationValue(cvk.cipher, request.pan, request.expiry, request.serviceCode);
  return sameMac(Buffer.from(expected.slice(0, request.cvv.length)), Buffer.from(request.cvv));
}

export function checkArqc(store: KeyStore, request: ArqcCheck): boolean {
  const session = emvSessionKey(store.open(request.imk, 'emv').cipher, request);
  return sameMac(emvArqc(session, request.data, request.padding), request.arqc);
}

export function makeArpc(store: KeyStore, request: ArpcRequest): Buffer {
  const session = emvSessionKey(store.open(request.imk, 'emv').cipher, request);
  const { response, arqc } = request;
  if (response.method === 1) return emvArpcMethod1(session, arqc, response.arc);
  return emvArpcMethod2(session, arqc, response.csu, response.proprietary ?? Buffer.alloc(0));
}
