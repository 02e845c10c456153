import { GatewayError } from '../../../ops/errors.ts';

/** What the simulated bank says of a payment file (files.md): pain.002.001.03, a status an order. */

export interface PaymentReport {
  /** As it lies in an inbox; the same file always gets the same name. */
  readonly name: string;
  readonly text: string;
  readonly credited: number;
  readonly returned: number;
}

const MESSAGE = /<MsgId>([A-Z0-9]{1,35})<\/MsgId>/;
const ORDER = /<InstrId>([A-Za-z0-9]{1,35})<\/InstrId>/g;
/** AC04: the account is closed. Source: ISO 20022 external code sets, ExternalStatusReason1Code. */
export const DEFAULT_REASON = 'AC04';

/** Every order is credited to its Sheba (ACSC), but for those that come back (RJCT).
 *  @param file a payment file of ours, in any of its dialects
 *  @param returns reason by InstrId of what comes back
 *  @param now ms since the epoch
 *  @throws GatewayError `bank.answers`: it is no payment file */
export function reportOn(file: string, returns: ReadonlyMap<string, string>, now: number): PaymentReport {
  const messageId = MESSAGE.exec(file)?.[1];
  const orders = [...file.matchAll(ORDER)].map(([, id = '']) => id);
  if (messageId === undefined || orders.length === 0)
    throw new GatewayError('bank.answers', 'There is no MsgId, or no order with an InstrId: this is no payment file.');
  const back = orders.filter((id) => returns.has(id));
  const created = new Date(now).toISOString().replace(/\.\d{3}Z$/, 'Z');
  const text = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.03"><CstmrPmtStsRpt>',
    `<GrpHdr><MsgId>${nameOf(messageId)}</MsgId><CreDtTm>${created}</CreDtTm></GrpHdr>`,
    `<OrgnlGrpInfAndSts><OrgnlMsgId>${messageId}</OrgnlMsgId><OrgnlMsgNmId>pain.001</OrgnlMsgNmId></OrgnlGrpInfAndSts>`,
    '<OrgnlPmtInfAndSts><OrgnlPmtInfId>1</OrgnlPmtInfId>',
    ...orders.map((id) => orderStatus(id, returns.get(id))),
    '</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>',
    '',
  ].join('\n');
  return { name: `${nameOf(messageId)}.xml`, text, credited: orders.length - back.length, returned: back.length };
}

/** Max35Text: a MsgId of ours has that length already, so its last digits alone are kept. */
function nameOf(messageId: string): string {
  return `ANSWER${messageId.slice(-29)}`;
}

function orderStatus(id: string, reason: string | undefined): string {
  const why = reason === undefined ? '' : `<StsRsnInf><Rsn><Cd>${reason}</Cd></Rsn></StsRsnInf>`;
  const status = reason === undefined ? 'ACSC' : 'RJCT';
  return `<TxInfAndSts><OrgnlInstrId>${id}</OrgnlInstrId><TxSts>${status}</TxSts>${why}</TxInfAndSts>`;
}
