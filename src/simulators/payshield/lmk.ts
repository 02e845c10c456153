import { oddParity, blockCipher, kcv, cmacWith, sameMac, unwrapVariant, wrapVariant } from '../../hsm/crypto/index.ts';
import { type KeyAlgorithm, type KeyRef, type KeySpec, defaultMode, usageOf } from '../../hsm/index.ts';
import { Refusal } from './refusal.ts';

/** A key as the simulator's commands see it. */
export interface LmkKey {
  readonly usage: KeyRef['usage'];
  readonly algorithm: KeyAlgorithm;
  readonly mode: string;
  readonly exportability: string;
  readonly key: Buffer;
}

/** Thales' published test LMK: pairs 04-05 to 32-33, by the last two digits of the key type code. */
const TEST_PAIRS: Readonly<Record<string, string>> = {
  '00': '40404040404040405151515151515151',
  '01': '61616161616161617070707070707070',
  '02': 'E0E0010101010101F1F1010101010101',
  '03': '1C587F1C13924FEF0101010101010101',
  '08': '16161616161616161919191919191919',
  '09': '1A1A1A1A1A1A1A1A1C1C1C1C1C1C1C1C',
  '0A': '23232323232323232525252525252525',
  '0B': '26262626262626262929292929292929',
};
/** XORed to the first byte of the pair, by the first digit of the key type code. */
const VARIANTS = [0, 0xa6, 0x5a, 0x6a, 0xde, 0x2b, 0x50, 0x74, 0x9c, 0xfa];
/** What a key type code stands for. */
const TYPE_USAGES: Readonly<Record<string, KeyRef['usage']>> = {
  '000': 'K0',
  '001': 'P0',
  '002': 'V2',
  '003': 'M3',
  '008': 'M3',
  '009': 'B0',
  '00A': 'D0',
  '00B': 'D0',
  '109': 'E0',
  '402': 'C0',
};

const MAC_BYTES = 8;
const AES_BLOCK = 16;
const HEADER_CHARS = 16;

/** The simulator's master keys: an AES-256 LMK for key blocks (`S`), and the test LMK pairs for variants (`U`, `T`). */
export class SimulatorLmk {
  readonly #encryption: ReturnType<typeof blockCipher>;
  readonly #authentication: ReturnType<typeof blockCipher>;
  readonly #random: (bytes: number) => Buffer;
  readonly checkValue: string;

  /** @param lmk 32 bytes */
  constructor(lmk: Buffer, random: (bytes: number) => Buffer) {
    const master = blockCipher('AES', lmk);
    const derived = (use: number) =>
      Buffer.concat([1, 2].map((part) => cmacWith(master, Buffer.from([part, use, 0, 0, 4, 1, 0]))));
    this.#encryption = blockCipher('AES', derived(0));
    this.#authentication = blockCipher('AES', derived(1));
    this.#random = random;
    this.checkValue = cmacWith(master, Buffer.alloc(AES_BLOCK)).toString('hex', 0, 8).toUpperCase();
  }

  /** A Thales key block. Its inside is the simulator's own: no HSM shows how it makes it. */
  wrapBlock(value: LmkKey): string {
    const blocks = Math.ceil((2 + value.key.length) / AES_BLOCK);
    const plain = this.#random(blocks * AES_BLOCK);
    plain.writeUInt16BE(value.key.length * 8);
    value.key.copy(plain, 2);
    const length = String(HEADER_CHARS + 2 * (plain.length + MAC_BYTES)).padStart(4, '0');
    const algorithm = value.algorithm === 'AES' ? 'A' : 'T';
    const header = `1${length}${value.usage}${algorithm}${value.mode}00${value.exportability}0000`;
    const mac = this.#mac(header, plain);
    const cipherText = this.#encryption.encryptCbc(plain, Buffer.concat([mac, mac]));
    return `S${header}${Buffer.concat([cipherText, mac]).toString('hex').toUpperCase()}`;
  }

  /** @throws Refusal `83`, `A4` */
  unwrapBlock(block: string): LmkKey {
    const header = block.slice(1, 1 + HEADER_CHARS);
    const body = Buffer.from(block.slice(1 + HEADER_CHARS), 'hex');
    const cipherText = body.subarray(0, -MAC_BYTES);
    if (!/^1\d{4}/.test(header) || cipherText.length === 0 || cipherText.length % AES_BLOCK !== 0)
      throw new Refusal('83');
    const mac = body.subarray(-MAC_BYTES);
    const plain = this.#encryption.decryptCbc(cipherText, Buffer.concat([mac, mac]));
    if (!sameMac(this.#mac(header, plain), mac)) throw new Refusal('A4');
    return {
      usage: usageOf(header.slice(5, 7)),
      algorithm: header.charAt(7) === 'A' ? 'AES' : 'TDES',
      mode: header.charAt(8),
      exportability: header.charAt(11),
      key: Buffer.from(plain.subarray(2, 2 + plain.readUInt16BE() / 8)),
    };
  }

  #mac(header: string, plain: Buffer): Buffer {
    return cmacWith(this.#authentication, Buffer.concat([Buffer.from(header, 'latin1'), plain])).subarray(0, MAC_BYTES);
  }

  /** @param type key type code, three digits */
  wrapVariant(key: Buffer, type: string): string {
    return wrapVariant(oddParity(key), pair(type), key.length === 24 ? 'T' : 'U');
  }

  /** @throws Refusal `10` when the parity is wrong: the key is of another type or LMK */
  unwrapVariant(cryptogram: string, type: string): LmkKey {
    const key = unwrapVariant(cryptogram, pair(type));
    if (!oddParity(key).equals(key)) throw new Refusal('10');
    const usage = TYPE_USAGES[type] ?? 'K0';
    return { usage, algorithm: 'TDES', mode: 'N', exportability: 'E', key };
  }

  /** A reference to a key of this LMK whose value the caller knows: how a test, or a demo, hands over a first key. */
  reference(spec: KeySpec, clear: Buffer): KeyRef {
    const { usage, algorithm, bits } = spec;
    const token = this.wrapBlock({ usage, algorithm, mode: defaultMode(usage), exportability: 'E', key: clear });
    return { usage, algorithm, bits, kcv: kcv(algorithm, clear), token };
  }
}

function pair(type: string): Buffer {
  const hex = TEST_PAIRS[type.slice(1)];
  if (hex === undefined) throw new Refusal('04');
  const key = Buffer.from(hex, 'hex');
  key[0] = (key[0] as number) ^ (VARIANTS[Number(type.charAt(0))] ?? 0);
  return key;
}
