import type { Message } from '../../codec/index.ts';
import type { Claim, ClaimedTotals, OriginalRef } from '../transaction.ts';
import type { Readable, Source } from '../wire/source.ts';
import { keySchemeFault } from './financial.ts';
import {
  commonOf,
  dateFault,
  refused,
  rialsOf,
  sharedFault,
  withMerchant,
  type Asked,
  type ReadKind,
} from './common.ts';

/** What has no card of its own: reversals, advices, totals, network messages, the goods list. */

/** What names an original: its MTI, STAN and DE 7, and its RRN, which counts where these name nothing that is known. */
function readOriginal({ values }: Asked, s: Source): OriginalRef | undefined {
  const mti = values.originalMti(s);
  const stan = values.originalStan(s);
  const transmission = values.originalTransmission(s);
  if (mti === undefined || stan === undefined || transmission === undefined) return undefined;
  return { mti, stan, transmission, rrn: values.originalRrn(s) };
}

export function reversal(asked: Asked): ReadKind {
  const { file, values, paths } = asked;
  const zero = file.zero === true;
  return (s) => {
    const base = withMerchant(asked, s);
    const fault = sharedFault(asked, base, s);
    if (fault !== undefined) return fault;
    const original = readOriginal(asked, s);
    if (original === undefined) return refused('30', paths.originalStan, 'not the data of an original');
    const corrected = values.corrected(s);
    if (s.fault !== undefined) return refused('30', s.fault.path, s.fault.reason);
    const totalRials = rialsOf(values.total(s));
    const correctedRials = corrected === undefined ? undefined : BigInt(corrected);
    if (totalRials === 0n && !zero) return refused('13', paths.total, 'zero');
    if (correctedRials !== undefined && correctedRials >= totalRials)
      return refused('13', paths.corrected, 'not below the total');
    return { kind: 'reversal', original, totalRials, correctedRials, reason: values.reason(s) ?? '68', ...base };
  };
}

export function advice(asked: Asked): ReadKind {
  const { values, paths } = asked;
  return (s) => {
    const base = withMerchant(asked, s);
    const fault = sharedFault(asked, base, s);
    if (fault !== undefined) return fault;
    const original = readOriginal(asked, s);
    if (original === undefined) return refused('30', paths.originalStan, 'not the data of an original');
    return { kind: 'advice', original, totalRials: rialsOf(values.total(s)), ...base };
  };
}

export function totals(asked: Asked): ReadKind {
  return (s) => {
    const base = withMerchant(asked, s);
    return dateFault(base, asked.paths) ?? { kind: 'totals', claimed: readTotals(s.message), ...base };
  };
}

export function network(asked: Asked): ReadKind {
  const { values } = asked;
  return (s) =>
    keySchemeFault(asked, s) ?? {
      kind: 'network',
      code: values.network(s) ?? '',
      wanted: values.updateWanted(s),
      report: values.updateReport(s),
      request: values.certificateRequest(s),
      certificate: values.certificateWanted(s),
      ...commonOf(asked, s),
    };
}

export function goods(asked: Asked): ReadKind {
  return (s) => ({ kind: 'goods', page: Number(asked.values.page(s) ?? '1'), ...withMerchant(asked, s) });
}

/** What a terminal says of its day (0500/0520; ISO 8583:1987 DE 74-77 counts, 86-89 amounts, 97 net, in every profile). DE 81-84
 *  (authorisations, fees) count what the gateway has none of.
 *  Credits are returns, debits are purchases, as everywhere in ISO 8583: seen from the card. */
export function readTotals(message: Pick<Message, 'get'> | Readable): ClaimedTotals {
  return {
    credits: claim(message, 74, 86),
    creditReversals: claim(message, 75, 87),
    debits: claim(message, 76, 88),
    debitReversals: claim(message, 77, 89),
    netRials: signed(message.get(97)),
    others: [81, 82, 83, 84].reduce((sum, de) => sum + BigInt(message.get(de) ?? '0'), 0n),
  };
}

function claim(message: Pick<Readable, 'get'>, countField: number, amountField: number): Claim {
  const count = message.get(countField);
  const rials = message.get(amountField);
  return {
    count: count === undefined ? undefined : Number(count),
    rials: rials === undefined ? undefined : BigInt(rials),
  };
}

/** x+n 16: C is positive, D negative. */
function signed(text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  const amount = BigInt(text.slice(1));
  return text.startsWith('D') ? -amount : amount;
}
