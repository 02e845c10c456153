import { createHash } from 'node:crypto';
import { oddParity, xor } from './bytes.ts';
import { blockCipher, type BlockCipher } from './cipher.ts';
import { HsmError } from '../errors.ts';
import { padBit } from './mac.ts';
import type { EmvSession } from '../payment-hsm.ts';
import { decimalDigits } from './pvv.ts';

export interface EmvCardData {
  readonly pan: string;
  readonly panSequence: string;
  readonly session: EmvSession;
  readonly atc: Buffer;
  readonly unpredictable?: Buffer;
}

/** The key that makes one transaction's cryptograms. Source: EMV 4.3 book 2, A1.3 and A1.4.
 *  @throws HsmError `pan.format`, `data.length` */
export function emvSessionKey(imk: BlockCipher, card: EmvCardData): BlockCipher {
  const master = cardMasterKey(imk, card.pan, card.panSequence);
  if (card.session === 'none') return blockCipher('TDES', master);
  if (card.atc.length !== 2) throw new HsmError('data.length', 'The application transaction counter has 2 bytes.');
  const seed = Buffer.alloc(8);
  card.atc.copy(seed);
  if (card.session === 'mastercard') {
    if (card.unpredictable?.length !== 4) throw new HsmError('data.length', 'The unpredictable number has 4 bytes.');
    card.unpredictable.copy(seed, 4);
  }
  const cipher = blockCipher('TDES', master);
  const half = (marker: number): Buffer => {
    seed[2] = marker;
    return cipher.encrypt(seed);
  };
  return blockCipher('TDES', Buffer.concat([half(0xf0), half(0x0f)]));
}

/** Option A for PANs of up to 16 digits, else option B. */
function cardMasterKey(imk: BlockCipher, pan: string, panSequence: string): Buffer {
  if (!/^\d{12,19}$/.test(pan) || !/^\d{2}$/.test(panSequence)) {
    throw new HsmError('pan.format', 'A card key needs a PAN of 12-19 digits and a sequence number of 2.');
  }
  const text = pan + panSequence;
  const digits = pan.length <= 16 ? text.slice(-16).padStart(16, '0') : hashedDigits(text);
  const left = Buffer.from(digits, 'hex');
  const right = left.map((byte) => byte ^ 0xff);
  return oddParity(Buffer.concat([imk.encrypt(left), imk.encrypt(right)]));
}

function hashedDigits(text: string): string {
  const even = text.length % 2 === 0 ? text : `0${text}`;
  return decimalDigits(createHash('sha1').update(Buffer.from(even, 'hex')).digest(), 16);
}

/** Application request cryptogram, 8 bytes. */
export function emvArqc(session: BlockCipher, data: Buffer, padding: 1 | 2): Buffer {
  return session.retailMac(padding === 1 ? data : padBit(data, 8));
}

/** ARPC method 1: 8 bytes. */
export function emvArpcMethod1(session: BlockCipher, arqc: Buffer, arc: Buffer): Buffer {
  if (arqc.length !== 8 || arc.length !== 2)
    throw new HsmError('data.length', 'An ARQC has 8 bytes, a response code 2.');
  return session.encrypt(xor(arqc, Buffer.concat([arc, Buffer.alloc(6)])));
}

/** ARPC method 2: 4 bytes. */
export function emvArpcMethod2(session: BlockCipher, arqc: Buffer, csu: Buffer, proprietary: Buffer): Buffer {
  if (arqc.length !== 8 || csu.length !== 4 || proprietary.length > 8) {
    throw new HsmError('data.length', 'An ARQC has 8 bytes, a card status update 4, proprietary data at most 8.');
  }
  return session.retailMac(padBit(Buffer.concat([arqc, csu, proprietary]), 8)).subarray(0, 4);
}
