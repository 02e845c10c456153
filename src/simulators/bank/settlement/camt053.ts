import type { SettlementHead, SettlementLine } from './day.ts';

/** The settlement account's statement of the day: camt.053.001.08, an entry a line. `Ntry/Amt` is the card part, because
 *  that is the money this account saw; `TxDtls/AmtDtls/InstdAmt` is the whole purchase. `EndToEndId` and `TxId/TxRef` are the RRN,
 *  `POI/Id/Id` the terminal, `POI/GrpId` the merchant, `SeqNb` the STAN, `TxDtTm` the terminal's time. A reversal has `RvslInd`.
 *  @param account IBAN of the settlement account */
export function camt053(
  head: SettlementHead,
  lines: readonly SettlementLine[],
  shebaOf: (merchant: string) => string,
  account: string,
): string {
  const created = new Date(head.createdAt).toISOString().replace(/\.\d{3}Z$/, 'Z');
  const id = `${head.psp}-${head.day}-${head.cycle}-${head.sequence}`;
  const net = lines.reduce((sum, line) => sum + signed(line), 0n);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">',
    '<BkToCstmrStmt>',
    `<GrpHdr><MsgId>${id}</MsgId><CreDtTm>${created}</CreDtTm></GrpHdr>`,
    `<Stmt><Id>${id}</Id><ElctrncSeqNb>${Number(head.sequence)}</ElctrncSeqNb><CreDtTm>${created}</CreDtTm>`,
    `<FrToDt><FrDtTm>${head.day}T00:00:00+03:30</FrDtTm><ToDtTm>${head.day}T23:59:59+03:30</ToDtTm></FrToDt>`,
    `<Acct><Id><IBAN>${account}</IBAN></Id><Ccy>IRR</Ccy></Acct>`,
    balance('OPBD', 0n, head.day),
    balance('CLBD', net, head.day),
    ...lines.map((line) => entry(line, head.day, shebaOf(line.merchant))),
    '</Stmt>',
    '</BkToCstmrStmt>',
    '</Document>',
    '',
  ].join('\n');
}

/** A sale is a credit; what is given back is a debit; taking a refund back is a credit again. */
function signed(line: SettlementLine): bigint {
  const credit = line.kind === 'SALE' || (line.kind === 'ADJ' && line.mti.startsWith('04'));
  return credit ? line.cardRials : -line.cardRials;
}

function direction(rials: bigint): string {
  return rials < 0n ? '<CdtDbtInd>DBIT</CdtDbtInd>' : '<CdtDbtInd>CRDT</CdtDbtInd>';
}

function money(name: string, rials: bigint): string {
  return `<${name} Ccy="IRR">${rials < 0n ? -rials : rials}</${name}>`;
}

function balance(code: 'OPBD' | 'CLBD', rials: bigint, day: string): string {
  const type = `<Tp><CdOrPrtry><Cd>${code}</Cd></CdOrPrtry></Tp>`;
  return `<Bal>${type}${money('Amt', rials)}${direction(rials)}<Dt><Dt>${day}</Dt></Dt></Bal>`;
}

function entry(line: SettlementLine, day: string, sheba: string): string {
  const rials = signed(line);
  const { localTime: t } = line;
  const at = `${line.localDate}T${t.slice(0, 2)}:${t.slice(2, 4)}:${t.slice(4)}+03:30`;
  const reversal = line.mti.startsWith('04') ? '<RvslInd>true</RvslInd>' : '';
  const family = line.kind === 'ADJ' ? 'POSC' : 'POSP'; // credit adjustment, point-of-sale payment
  const payee = sheba === '' ? '' : `<RltdPties><CdtrAcct><Id><IBAN>${sheba}</IBAN></Id></CdtrAcct></RltdPties>`;
  return [
    `<Ntry><NtryRef>${line.seq}</NtryRef>${money('Amt', rials)}${direction(rials)}${reversal}<Sts><Cd>BOOK</Cd></Sts>`,
    `<BookgDt><Dt>${day}</Dt></BookgDt><ValDt><Dt>${day}</Dt></ValDt>`,
    `<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>MCRD</Cd><SubFmlyCd>${family}</SubFmlyCd></Fmly></Domn></BkTxCd>`,
    `<CardTx><POI><Id><Id>${line.terminal}</Id></Id><GrpId>${line.merchant}</GrpId></POI></CardTx>`,
    `<NtryDtls><TxDtls><Refs><EndToEndId>${line.rrn}</EndToEndId></Refs>${money('Amt', rials)}${direction(rials)}`,
    `<AmtDtls><InstdAmt>${money('Amt', line.totalRials)}</InstdAmt></AmtDtls>${payee}`,
    `<CardTx><Tx><Indv><SeqNb>${line.stan}</SeqNb><TxId><TxDtTm>${at}</TxDtTm><TxRef>${line.rrn}</TxRef></TxId></Indv></Tx></CardTx>`,
    `<AddtlTxInf>${line.kind} ${line.maskedPan} ${line.responseCode}</AddtlTxInf></TxDtls></NtryDtls></Ntry>`,
  ].join('');
}
