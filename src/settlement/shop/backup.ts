import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Db } from '../clearing/state.ts';
import { readLines } from './lines.ts';

/** A shop's own transactions as a chained file (files.md, A shop's backup): each line carries the SHA-256 of the line before, and the first
 *  names the heads of the days' journals. `kalabarg journal verify` says whether a byte was changed; anybody can do the same without us.
 *  @returns gzip
 *  @throws GatewayError `statement.too-long` */
export async function shopBackup(
  db: Db,
  merchant: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<Readable> {
  const lines = await readLines(db, merchant, from, to);
  const heads = await db.query<{ day: string; last: string }>(
    `select business_day::text as day, last_sha256 as last from journal_exports where business_day between $1 and $2 order by 1`,
    [from, to],
  );
  const chain = function* (): Generator<string> {
    let prev = '0'.repeat(64);
    const chained = (what: object): string => {
      const line = `{"prev":"${prev}",${JSON.stringify(what).slice(1)}`;
      prev = createHash('sha256').update(line).digest('hex');
      return `${line}\n`;
    };
    yield chained({ line: 'journal', version: 1, shop: merchant, from, to, journals: heads.rows });
    for (const { day, kind, id, at, rrn, terminal, masked, voucher, card, cash, rials } of lines) {
      const money = { voucher: String(voucher), card: String(card), cash: String(cash), rials: String(rials) };
      yield chained({
        line: 'transaction',
        day,
        id,
        kind,
        at: new Date(at).toISOString(),
        rrn,
        terminal,
        masked,
        ...money,
      });
    }
    yield chained({ line: 'end', transactions: lines.length });
  };
  return Readable.from(chain()).pipe(createGzip());
}
