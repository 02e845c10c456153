import type { BasketLine, LineVerdict } from '../../../src/ledger/index.ts';

/** The goods of the test programme. A cap is of one piece, or of 1,000 grams. */
export const GOODS = [
  { code: '0000000000001', category: '01', unit: undefined, cap: undefined },
  { code: '0000000000002', category: '02', unit: '01', cap: 1_000n },
  { code: '0000000000004', category: '04', unit: '00', cap: 300n },
] as const;
export const UNKNOWN_GOOD = '0000000000099';
/** Category 01 is rationed: so much a member, programme and period. */
export const RATION = { category: '01', perMember: { test: 1_500n, basics: 400n } } as const;
export const GUILDS: Readonly<Record<string, readonly string[]>> = {
  supermarket: ['01', '02', '04'],
  butcher: ['01', '02'],
};

export interface Judged {
  readonly allowed: bigint[];
  readonly codes: LineVerdict['verdict'][];
  /** What each line takes of the ration when the voucher pays all that is allowed of it. */
  readonly rations: bigint[];
}

/** wire.md 5, tag 12, as plainly as it can be said.
 *  @param free what is left of the household's ration; undefined: there is no credit, so no programme that rations */
export function judge(basket: readonly BasketLine[], guild: string, free: bigint | undefined): Judged {
  const judged: Judged = { allowed: [], codes: [], rations: [] };
  let ration = 0n;
  for (const line of basket) {
    const good = GOODS.find(({ code }) => code === line.goods);
    let allowed = line.amountRials;
    let code: LineVerdict['verdict'] = '00';
    let ofLine = 0n;
    if (good === undefined || (good.unit !== undefined && good.unit !== line.unit)) {
      [allowed, code] = [0n, '01'];
    } else if (!GUILDS[guild]?.includes(good.category)) {
      [allowed, code] = [0n, '04'];
    } else {
      const quantity = BigInt(line.quantity);
      if (good.cap !== undefined) {
        const cap = (good.cap * quantity) / (line.unit === '00' ? 1n : 1_000n);
        if (cap < allowed) [allowed, code] = [cap, '02'];
      }
      if (free !== undefined && good.category === RATION.category) {
        const left = free - ration;
        if (quantity > left) [allowed, code] = [(allowed * left) / quantity, '03'];
        ofLine = quantity > left ? left : quantity;
        ration += ofLine;
      }
    }
    judged.allowed.push(allowed);
    judged.codes.push(code);
    judged.rations.push(ofLine);
  }
  return judged;
}

/** The ration that a voucher's part pays: a part of a gram counts as one. */
export function rationPaid(judged: Judged, voucher: bigint): bigint {
  return linesOf(judged, voucher).reduce((sum, { voucherRials }, index) => {
    const [ration = 0n, allowed = 0n] = [judged.rations[index], judged.allowed[index]];
    return allowed === 0n ? sum : sum + (ration * voucherRials + allowed - 1n) / allowed;
  }, 0n);
}

/** The lines share the voucher's part in their order. */
export function linesOf({ allowed, codes }: Judged, voucher: bigint): LineVerdict[] {
  let open = voucher;
  return allowed.map((most, index) => {
    const voucherRials = most < open ? most : open;
    open -= voucherRials;
    return { verdict: codes[index] ?? '00', voucherRials };
  });
}
