/** What a bank would send back: pain.002, CSV and camt.053, as text. */
export interface Word {
  readonly id: string;
  readonly status: string;
  readonly reason?: string;
}

export function pain002(
  messageId: string,
  words: readonly Word[],
  group?: { messageId: string; status: string },
): string {
  const report =
    group === undefined
      ? ''
      : `<OrgnlMsgId>${group.messageId}</OrgnlMsgId><OrgnlMsgNmId>pain.001</OrgnlMsgNmId><GrpSts>${group.status}</GrpSts>`;
  const orders = words.map(({ id, status, reason }) => {
    const why = reason === undefined ? '' : `<StsRsnInf><Rsn><Cd>${reason}</Cd></Rsn></StsRsnInf>`;
    return `<TxInfAndSts><OrgnlInstrId>${id}</OrgnlInstrId><OrgnlEndToEndId>EMPTY</OrgnlEndToEndId><TxSts>${status}</TxSts>${why}</TxInfAndSts>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.03"><CstmrPmtStsRpt>
<GrpHdr><MsgId>${messageId}</MsgId><CreDtTm>2026-11-24T05:00:00</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts>${report}</OrgnlGrpInfAndSts>
<OrgnlPmtInfAndSts><OrgnlPmtInfId>1</OrgnlPmtInfId>
${orders.join('\n')}
</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>
`;
}

export function answerCsv(words: readonly Word[]): string {
  const lines = words.map(({ id, status, reason }) => `${id},${status},${reason ?? ''}`);
  return `end_to_end_id,status,reason\n${lines.join('\n')}\n`;
}

export function camt053(
  id: string,
  entries: readonly { ids: readonly string[]; direction: 'DBIT' | 'CRDT'; reason?: string; rials?: string }[],
): string {
  const list = entries.map(({ ids, direction, reason, rials }) => {
    const amount = rials === undefined ? '' : `<Amt Ccy="IRR">${rials}</Amt>`;
    const why = reason === undefined ? '' : `<RtrInf><Rsn><Cd>${reason}</Cd></Rsn></RtrInf>`;
    const details = ids.map((each) => `<TxDtls><Refs><InstrId>${each}</InstrId></Refs>${why}</TxDtls>`);
    return `<Ntry>${amount}<CdtDbtInd>${direction}</CdtDbtInd><Sts>BOOK</Sts><NtryDtls>${details.join('')}</NtryDtls></Ntry>`;
  });
  return `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><GrpHdr><MsgId>x</MsgId></GrpHdr>
<Stmt><Id>${id}</Id><Acct><Id><IBAN>IR380170000000100000000001</IBAN></Id></Acct>
${list.join('\n')}
</Stmt></BkToCstmrStmt></Document>
`;
}
