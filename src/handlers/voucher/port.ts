import type {
  Decision,
  LegResult,
  Outcome,
  PurchaseRequest,
  QuoteReleaseRequest,
  QuoteRequest,
  TransactionRef,
} from '../../ledger/index.ts';

/** Who decides what the voucher pays: our ledger, or for some programmes a remote authority (docs/decisions/0090). Both answer with the
 *  same decisions; reversals, returns and advices are about transactions that our books have, and go to the ledger. */
export interface VoucherPort {
  /** @param pan of the card: an authority is asked by it; it is kept nowhere */
  purchase(request: PurchaseRequest, pan: string): Promise<Decision>;
  quote(request: QuoteRequest, pan: string): Promise<Decision>;
  releaseQuote(request: QuoteReleaseRequest): Promise<Decision>;
  /** As of the ledger: durable when it resolves, and the same outcome however often it is called. */
  complete(ref: TransactionRef, leg: LegResult): Promise<Outcome>;
}
