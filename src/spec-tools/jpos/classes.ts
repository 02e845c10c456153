/** How a value stands on the wire, as jPOS's field packagers have it. */
export type JposValue =
  /** Text, a byte a character. */
  | 'latin1'
  | 'ebcdic'
  /** Digits, a byte each. */
  | 'digits'
  | 'ebcdic-digits'
  /** Two digits a byte; an odd one is filled with 0 at the left (`pad`) or right, or with F at the right (`pad`: 0 at the left). */
  | 'packed'
  | 'packed-F'
  /** A sign and digits. */
  | 'amount'
  | 'ebcdic-amount'
  | 'packed-amount'
  | 'bytes'
  | 'hex'
  | 'hex-ebcdic'
  /** Bytes, translated as text is. */
  | 'ebcdic-bytes'
  /** Half bytes, as hexadecimal text. */
  | 'half-bytes';

/** The number in front of a value. */
export interface JposLength {
  readonly encoding: 'ascii' | 'bcd' | 'binary' | 'ebcdic';
  /** The Ls of the class's name. */
  readonly digits: number;
  /** What it counts, where that is not digits, characters or bytes of the value. `even`: digits with what fills an odd one. */
  readonly counts?: 'bytes' | 'nibbles' | 'even';
}

export type JposClass =
  | { readonly kind: 'value'; readonly value: JposValue; readonly length?: JposLength }
  /** A tag of digits, a length and a value. */
  | { readonly kind: 'tagged'; readonly tag: JposLength; readonly length: JposLength; readonly value: JposValue }
  /** `extends`: its first bit announces another one. */
  | { readonly kind: 'bitmap'; readonly encoding: 'binary' | 'hex' | 'hex-ebcdic'; readonly extends: boolean }
  /** Refuses every message that has it. */
  | { readonly kind: 'unused' }
  | { readonly kind: 'none'; readonly reason: string };

type Group = readonly [value: JposValue, length: Omit<JposLength, 'digits'> | undefined, names: string];

const [ASCII, BCD, BINARY, EBCDIC] = (['ascii', 'bcd', 'binary', 'ebcdic'] as const).map((encoding) => ({
  encoding,
})) as [
  { readonly encoding: 'ascii' },
  { readonly encoding: 'bcd' },
  { readonly encoding: 'binary' },
  { readonly encoding: 'ebcdic' },
];

/** Every class of org.jpos.iso that holds a plain value. Source: what each does on the wire, jPOS 3 (2026). */
const VALUES: readonly Group[] = [
  ['latin1', undefined, 'IF_CHAR'],
  ['ebcdic', undefined, 'IFE_CHAR IF_ECHAR'],
  ['digits', undefined, 'IFA_NUMERIC IFA_AMOUNT2003'],
  ['ebcdic-digits', undefined, 'IFE_NUMERIC'],
  ['packed', undefined, 'IFB_NUMERIC IFB_AMOUNT2003'],
  ['packed-F', undefined, 'IFB_FNUMERIC'],
  ['amount', undefined, 'IFA_AMOUNT'],
  ['ebcdic-amount', undefined, 'IFE_AMOUNT'],
  ['packed-amount', undefined, 'IFB_AMOUNT'],
  ['bytes', undefined, 'IFB_BINARY'],
  ['hex', undefined, 'IFA_BINARY'],
  ['hex-ebcdic', undefined, 'IFE_BINARY'],
  ['half-bytes', undefined, 'IFB_HEX'],
  ['latin1', ASCII, 'IFA_LCHAR IFA_LLCHAR IFA_LLLCHAR IFA_LLLLCHAR IFA_LLLLLCHAR IFA_LLLLLLCHAR'],
  ['ebcdic', ASCII, 'IFAE_LLCHAR'],
  ['digits', ASCII, 'IFA_LLNUM IFA_LLLNUM'],
  ['packed', { ...ASCII, counts: 'even' }, 'IFA_LLBNUM'],
  ['bytes', ASCII, 'IFA_LBINARY IFA_LLBINARY IFA_LLLBINARY IFA_LLLLBINARY IFA_LLLLLBINARY IFA_LLLLLLBINARY'],
  ['hex', ASCII, 'IFA_LLABINARY IFA_LLLABINARY'],
  ['latin1', BCD, 'IFB_LLCHAR IFB_LLLCHAR IFB_LLLLCHAR IFB_LLLLLLCHAR'],
  ['packed', BCD, 'IFB_LLNUM IFB_LLLNUM'],
  ['packed-F', BCD, 'IFB_FLLNUM IFB_FLLLNUM'],
  ['bytes', BCD, 'IFB_LLBINARY IFB_LLLBINARY IFB_LLLLBINARY'],
  ['bytes', { ...BCD, counts: 'nibbles' }, 'IFB_LLHEX IFB_LLLHEX'],
  ['latin1', BINARY, 'IFB_LLHCHAR IFB_LLLHCHAR'],
  ['ebcdic', BINARY, 'IFB_LLHECHAR IFB_LLLHECHAR'],
  ['packed', BINARY, 'IFB_LLHNUM IFB_LLLHNUM'],
  ['bytes', BINARY, 'IFB_LLHBINARY IFB_LLLHBINARY'],
  ['ebcdic', EBCDIC, 'IFE_LCHAR IFE_LLCHAR IFE_LLLCHAR IFE_LLLLCHAR'],
  ['latin1', EBCDIC, 'IFEA_LLCHAR'],
  ['ebcdic-digits', EBCDIC, 'IFE_LNUM IFE_LLNUM IFE_LLLNUM'],
  ['packed-F', { ...EBCDIC, counts: 'bytes' }, 'IFEB_LLNUM IFEB_LLLNUM'],
  ['bytes', EBCDIC, 'IFE_LBINARY IFE_LLBINARY IFE_LLLBINARY IFE_LLLLBINARY'],
  ['ebcdic-bytes', EBCDIC, 'IFE_LLLEBINARY'],
];

/** Classes of tags: digits of the tag and of the length, by name. */
const TAGGED: readonly (readonly [
  name: string,
  tag: 'ascii' | 'ebcdic',
  digits: number,
  length: 'ascii' | 'ebcdic',
  lengthDigits: number,
  value: JposValue,
])[] = [
  ['IFA_TTLCHAR', 'ascii', 2, 'ascii', 1, 'latin1'],
  ['IFA_TTLLCHAR', 'ascii', 2, 'ascii', 2, 'latin1'],
  ['IFA_TTLLLCHAR', 'ascii', 2, 'ascii', 3, 'latin1'],
  ['IFA_TTLLLLCHAR', 'ascii', 2, 'ascii', 4, 'latin1'],
  ['IFA_TTTLLLCHAR', 'ascii', 3, 'ascii', 3, 'latin1'],
  ['IFA_TTLBINARY', 'ascii', 2, 'ascii', 1, 'bytes'],
  ['IFA_TTLLBINARY', 'ascii', 2, 'ascii', 2, 'bytes'],
  ['IFA_TTLLLBINARY', 'ascii', 2, 'ascii', 3, 'bytes'],
  ['IFA_TTLLLLBINARY', 'ascii', 2, 'ascii', 4, 'bytes'],
  ['IFMC_LLCHAR', 'ascii', 2, 'ascii', 2, 'latin1'],
  ['IFMC_LLLCHAR', 'ascii', 2, 'ascii', 3, 'latin1'],
  ['IFMC_LLBINARY', 'ascii', 2, 'ascii', 2, 'bytes'],
  ['IFMC_LLLBINARY', 'ascii', 2, 'ascii', 3, 'bytes'],
  ['IFEMC_LLCHAR', 'ascii', 2, 'ebcdic', 2, 'ebcdic'],
  ['IFEMC_LLLCHAR', 'ebcdic', 4, 'ebcdic', 3, 'ebcdic'],
  ['IFEPE_LLCHAR', 'ebcdic', 2, 'ebcdic', 2, 'ebcdic'],
  ['IFEPE_LLLCHAR', 'ebcdic', 3, 'ebcdic', 3, 'ebcdic'],
  ['IFEPE_LLBINARY', 'ebcdic', 2, 'ebcdic', 2, 'bytes'],
  ['IFIPM_LLLCHAR', 'ascii', 4, 'ascii', 3, 'latin1'],
];

const BEHIND_LENGTH = "the subfield's number stands between its length and its value";
const FILLED = 'a length and a value in a place of full length';
const NOT_OURS: Readonly<Record<string, string>> = {
  IFA_FLLCHAR: FILLED,
  IFA_FLLNUM: FILLED,
  IFB_LLHFBINARY: FILLED,
  IFEP_LLCHAR: BEHIND_LENGTH,
  IFEP_LLLCHAR: BEHIND_LENGTH,
  IFEP_LLLBINARY: BEHIND_LENGTH,
  IFELPE_LLLCHAR: BEHIND_LENGTH,
  IFMC_TCC: 'a character that is there or not, by what it is',
  IFEMC_TCC: 'a character that is there or not, by what it is',
  IFE_SIGNED_NUMERIC: 'the sign is in the zone of the last digit',
  IF_TCHAR: 'a mark ends it, not a length',
  IF_NOP: 'holds nothing',
};

const CLASSES: ReadonlyMap<string, JposClass> = new Map<string, JposClass>([
  ...VALUES.flatMap(([value, length, names]) =>
    names.split(' ').map((name): [string, JposClass] => {
      const digits = /_F?(L+)/.exec(name)?.[1]?.length ?? 0;
      return [name, { kind: 'value', value, ...(length !== undefined && { length: { ...length, digits } }) }];
    }),
  ),
  ...TAGGED.map(([name, tag, digits, length, lengthDigits, value]): [string, JposClass] => {
    const head = { encoding: tag, digits };
    return [name, { kind: 'tagged', tag: head, length: { encoding: length, digits: lengthDigits }, value }];
  }),
  ['IFA_BITMAP', { kind: 'bitmap', encoding: 'hex', extends: true }],
  ['IFB_BITMAP', { kind: 'bitmap', encoding: 'binary', extends: true }],
  ['IFE_BITMAP', { kind: 'bitmap', encoding: 'hex-ebcdic', extends: true }],
  ['X92_BITMAP', { kind: 'bitmap', encoding: 'hex', extends: false }],
  ['Base1_BITMAP126', { kind: 'bitmap', encoding: 'binary', extends: false }],
  ['IF_UNUSED', { kind: 'unused' }],
  ...Object.entries(NOT_OURS).map(([name, reason]): [string, JposClass] => [name, { kind: 'none', reason }]),
]);

const UNKNOWN: JposClass = { kind: 'none', reason: 'a class that is not known here' };
const PACKAGES = /^(?:org\.jpos\.iso\.(?:packager\.)?)?(\w+)$/;

/** What a field packager class of jPOS does on the wire. @param name  with its Java package, or bare */
export function jposClass(name: string): JposClass {
  return CLASSES.get(PACKAGES.exec(name)?.[1] ?? '') ?? UNKNOWN;
}

/** Bytes of a length. */
export function lengthBytes({ encoding, digits }: JposLength): number {
  if (encoding === 'binary') return digits > 2 ? 2 : 1;
  return encoding === 'bcd' ? (digits + 1) >> 1 : digits;
}

/** The most that a length may say: jPOS takes no more of its digits than its name has. */
export function mostOf(length: JposLength): number {
  return length.encoding === 'binary' ? 256 ** lengthBytes(length) - 1 : 10 ** length.digits - 1;
}

/** The classes that hold values so, the shortest length first. */
export function classesOf(value: JposValue, length: Pick<JposLength, 'encoding' | 'counts'> | undefined): string[] {
  return VALUES.flatMap(([own, prefix, names]) =>
    own === value && prefix?.encoding === length?.encoding && prefix?.counts === length?.counts ? names.split(' ') : [],
  );
}
