/** A dialect after `extends`, defaults and checks: every question a codec asks has its answer here. */

/** ISO 8583 representation: digits, letters, specials, their mixtures, bytes, track, sign and digits. */
export type ValueType = 'n' | 'a' | 's' | 'an' | 'as' | 'ns' | 'ans' | 'anp' | 'b' | 'z' | 'x+n';

export type TextEncoding = 'ascii' | 'latin1' | 'cp1256' | 'utf8' | 'ebcdic' | 'ebcdic-500' | 'ebcdic-037';
export type Encoding = TextEncoding | 'bcd' | 'binary' | 'hex' | 'hex-ebcdic';
/** What fills the unused nibble of an odd number of packed digits. */
export type OddFill = 'left-0' | 'right-0' | 'right-F';
/** Content that never appears in an error, a log or a picture. */
export type Secret = 'pan' | 'track' | 'pin' | 'cvv' | 'key' | 'mac';

/** A length in front of a value. */
export interface PrefixPlan {
  readonly encoding: 'ascii' | 'bcd' | 'binary' | 'ebcdic';
  /** Bytes on the wire. */
  readonly bytes: number;
  /** `units`: digits, characters or bytes of the value; `bytes`: bytes on the wire; `nibbles`: half bytes on the wire, what
   *  fills an odd number of digits among them. */
  readonly counts: 'units' | 'bytes' | 'nibbles';
  /** The number counts the prefix's own bytes too. */
  readonly includesItself: boolean;
}

export interface PadPlan {
  readonly side: 'left' | 'right';
  readonly with: string;
}

/** One element: a field, a subfield or the value of a tag. Lengths are in units: digits, characters, or bytes for `b`
 *  (bytes too for UTF-8 text whose prefix counts bytes). `x+n` counts its sign. */
export interface ElementPlan {
  readonly name: string;
  readonly type: ValueType;
  readonly min: number;
  readonly max: number;
  readonly encoding: Encoding;
  readonly odd: OddFill;
  /** Only characters of US-ASCII, whatever the encoding could carry. */
  readonly asciiOnly: boolean;
  /** Absent: fixed length. */
  readonly prefix?: PrefixPlan;
  /** The value is shorter than its place, which is filled with this character; reading strips it. */
  readonly pad?: PadPlan;
  readonly secret?: Secret;
  readonly content?: ContentPlan;
  /** What a picture calls the values. */
  readonly values?: Readonly<Record<string, string>>;
}

/** What is inside a value. */
export type ContentPlan =
  | { readonly kind: 'ber'; readonly tags: Readonly<Record<string, ElementPlan>> }
  | {
      readonly kind: 'tags';
      readonly tag: PrefixPlan;
      readonly length: PrefixPlan;
      readonly tags: Readonly<Record<string, ElementPlan>>;
    }
  | {
      readonly kind: 'fields';
      readonly fields: readonly (readonly [string, ElementPlan])[];
      readonly repeat: number;
      readonly partial: boolean;
    }
  | { readonly kind: 'bitmapped'; readonly bytes: number; readonly fields: Readonly<Record<string, ElementPlan>> }
  | {
      readonly kind: 'datasets';
      readonly id: PrefixPlan;
      readonly length: PrefixPlan;
      readonly sets: Readonly<Record<string, ContentPlan>>;
    };

export interface BitmapPlan {
  readonly encoding: 'binary' | 'hex' | 'hex-ebcdic';
  /** Bitmaps a message may have: 1, 2 or 3. */
  readonly count: number;
  /** Where the third stands: behind the second, or in the place of element 65. */
  readonly third: 'behind' | 'in-place';
  /** Whether the second is there when it announces nothing. */
  readonly secondary: 'as-needed' | 'always';
}

/** Which elements messages of a class must have and must not have. Elements as numbers, tags and subfields as paths. */
export interface PresencePlan {
  readonly mandatory: readonly string[];
  /** Of each group at least one. */
  readonly oneOf: readonly (readonly string[])[];
  readonly forbidden: readonly string[];
}

/** The data elements of a dialect as the compiler knows them: number to representation. Without knowledge: any number. */
export type FieldTypes = Readonly<Record<number, ValueType>>;

declare const FIELDS: unique symbol;

/** @typeParam F  what the compiler knows of its elements (typed.ts) */
export interface Spec<F = FieldTypes> {
  /** Never there: carries `F`. */
  readonly [FIELDS]?: F;
  readonly name: string;
  readonly title: string;
  readonly mti: {
    readonly encoding: 'ascii' | 'bcd' | 'ebcdic' | 'ebcdic-500' | 'ebcdic-037';
    readonly versions: string;
  };
  readonly bitmap: BitmapPlan;
  /** By data element number, 2 to 64 × bitmaps; holes are undefined elements. */
  readonly fields: readonly (ElementPlan | undefined)[];
  /** By the first three digits of the MTI (a repeat must have what its first had), or those and DE 3: `020`, `020/279800`. */
  readonly presence: Readonly<Record<string, PresencePlan>>;
}
