import type { FieldTypes, ValueType } from './plan.ts';
import type { SHIPPED } from './spec/shipped.ts';

type Shipped = typeof SHIPPED;
/** Names of the dialects in specs/. */
export type ShippedName = keyof Shipped;

/** Elements by representation, turned round. */
type ByNumber<T extends Readonly<Partial<Record<ValueType, readonly number[]>>>> = {
  readonly [V in keyof T as T[V] extends readonly number[] ? T[V][number] : never]: V;
};
/** The elements of a dialect of specs/. */
export type ShippedFields<N extends ShippedName> = ByNumber<Shipped[N]>;

/** The representation that a format names: `n..19` is `n`. The longer names first. */
type TypeOf<S> = S extends `x+n${string}`
  ? 'x+n'
  : S extends `${infer V extends 'anp' | 'ans'}${'.' | Digit}${string}`
    ? V
    : S extends `${infer V extends 'an' | 'as' | 'ns'}${'.' | Digit}${string}`
      ? V
      : S extends `${infer V extends 'n' | 'a' | 's' | 'b' | 'z'}${'.' | Digit}${string}`
        ? V
        : ValueType;
type Digit = '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';

type Given<J> = J extends { readonly fields: infer F } ? F : object;
type Parent<J> = J extends { readonly extends: infer N extends ShippedName } ? ShippedFields<N> : object;
type NumberOf<K> = K extends number ? K : K extends `${infer N extends number}` ? N : never;
/** Elements a dialect adds to its parent, or changes; one that has no format keeps its parent's, and `null` takes away. */
type Own<J> = {
  readonly [K in keyof Given<J> as Given<J>[K] extends null ? never : NumberOf<K>]: Given<J>[K] extends {
    readonly format: infer S;
  }
    ? TypeOf<S>
    : NumberOf<K> extends keyof Parent<J>
      ? Parent<J>[NumberOf<K>]
      : ValueType;
};
type Removed<J> = { [K in keyof Given<J>]: Given<J>[K] extends null ? NumberOf<K> : never }[keyof Given<J>];

/** The elements of a dialect that is given as a literal; anything for one that the compiler cannot see through. */
export type FieldsOf<J> = J extends { readonly extends: infer N }
  ? N extends ShippedName
    ? Omit<Parent<J>, NumberOf<keyof Given<J>> | Removed<J>> & Own<J>
    : FieldTypes
  : J extends { readonly fields: object }
    ? string extends keyof Given<J>
      ? FieldTypes
      : Own<J>
    : FieldTypes;

/** `D` where it may name an element, tag or subfield of the dialect: a number or path that is only known when the program
 *  runs always may. */
export type Named<F, D> = number extends keyof F
  ? D
  : number extends D
    ? D
    : string extends D
      ? D
      : Element<D> extends keyof F
        ? D
        : never;

/** The element that a number, or the number before the first dot of a path, names. */
type Element<D> = D extends number
  ? D
  : D extends `${infer N extends number}.${string}`
    ? N
    : D extends `${infer N extends number}`
      ? N
      : never[];

/** `D` where it names an element whose value is a number. */
export type Numeric<F, D> = number extends keyof F
  ? D
  : D extends keyof F
    ? F[D] extends 'n' | 'x+n'
      ? D
      : never
    : number extends D
      ? D
      : never;
