/** A basket line (wire.md 5, tag 01). `unit`: 00 piece, 01 gram, 02 millilitre. */
export interface BasketLine {
  readonly goods: string;
  readonly unit: '00' | '01' | '02';
  readonly quantity: number;
  readonly amountRials: bigint;
}
