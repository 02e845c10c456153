import type { Codec, Message } from '../../codec/index.ts';
import type { Told } from '../../profiles/index.ts';
import { approved } from './receipt.ts';
import type { Answer } from './terminal.ts';

/** A purchase as a device keeps it until it is taken back or followed by another. The card is named, not kept: no PAN is written. */
export interface KeptPurchase {
  /** `7` of the demo's households, or a masked PAN. */
  readonly card: string;
  readonly mti: string;
  readonly fields: Readonly<Record<string, string | undefined>>;
  /** What the words of another profile need besides. */
  readonly told?: Told | undefined;
}

const PURCHASES: ReadonlySet<string> = new Set(['179800', '179898', '000000']);
/** What a reversal needs of its original (wire.md 3). */
const KEPT = [3, 4, 7, 11, 12, 13, 41, 42, 49];

/** Whether an answer approves a purchase, which can be taken back then. */
export function isApprovedPurchase({ rc, request }: Answer): boolean {
  return approved(rc) && request.mti.startsWith('02') && PURCHASES.has(request.get(3) ?? '');
}

export function keptPurchase(request: Message, card: string, told?: Told): KeptPurchase {
  const fields = Object.fromEntries(KEPT.map((de) => [String(de), request.get(de)]));
  return { card, mti: request.mti, fields, ...(told === undefined ? {} : { told }) };
}

/** The request again, for `SimulatedTerminal.reverse`. */
export function restored({ mti, fields }: KeptPurchase, track2: string, codec: Codec): Message {
  return codec.decode(codec.encode({ mti, fields: { ...fields, 35: track2 } }));
}
