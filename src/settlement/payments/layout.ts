import { toJalali } from '../../field/jalali.ts';
import { decimalOf, RIAL, type MoneyUnit } from '../../field/money-unit.ts';
import { persianDigits } from '../../field/persian.ts';
import type { BankProfile } from './profile.ts';
import { cleanName } from './names.ts';
import { escapeXml } from './xml.ts';

/** One payment file's head. `messageId`: debtor Sheba (26) + 9-digit serial; dates are ISO. */
export interface PaymentHead {
  readonly messageId: string;
  readonly createdOn: string;
  readonly payOn: string;
  readonly count: number;
  readonly sumRials: bigint;
  /** SATNA orders of strict ISO files carry the service level URGP. */
  readonly rail: 'PAYA' | 'SATNA';
  /** In which amounts are said (default: rials). */
  readonly unit?: MoneyUnit;
}

/** One credit transfer. */
export interface PaymentOrder {
  readonly instructionId: string;
  readonly sheba: string;
  readonly name: string;
  readonly amountRials: bigint;
  readonly merchant: string;
  /** National id of the payee, where it is known: only `ccti-2` carries it. */
  readonly creditorId: string | undefined;
}

/** The document as text, a piece per order: nothing is held that was given out.
 *  The layout is that of domain/samples, byte for byte. */
export function* paymentDocument(
  profile: BankProfile,
  head: PaymentHead,
  orders: Iterable<PaymentOrder>,
): Generator<string> {
  yield opening(profile, head);
  for (const order of orders) yield orderElement(profile, order, head.unit);
  yield CLOSING;
}

/** The first part alone, for a writer that fetches orders page by page. */
export function opening(profile: BankProfile, head: PaymentHead): string {
  const { unit = RIAL } = head;
  const date = (iso: string): string => (profile.dateCalendar === 'jalali' ? toJalali(iso) : iso);
  const totals = `<NbOfTxs>${head.count}</NbOfTxs><CtrlSum>${decimalOf(head.sumRials, unit)}</CtrlSum>`;
  const debtor = escapeXml(cleanName(profile.debtorName, profile.maxNameLength, profile.letters));
  const created = `${date(head.createdOn)}T${profile.createdTime}`;
  const xmlns = profile.namespace === '' ? '' : ` xmlns="${escapeXml(profile.namespace)}"`;
  const declaration =
    profile.dialect === 'ccti-2'
      ? '<?xml version="1.0" encoding="utf-8" standalone="yes"?>'
      : '<?xml version="1.0" encoding="UTF-8"?>';
  const method = profile.dialect === 'ccti-2' ? `<PmtMtd Ccy="${unit.alpha}">TRF</PmtMtd>` : '<PmtMtd>TRF</PmtMtd>';
  const urgent = profile.dialect === 'iso' && head.rail === 'SATNA';
  const level = urgent ? '<PmtTpInf><SvcLvl><Cd>URGP</Cd></SvcLvl></PmtTpInf>' : '';
  return `${declaration}
<Document${xmlns}>
 <CstmrCdtTrfInitn>
  <GrpHdr><MsgId>${head.messageId}</MsgId><CreDtTm>${created}</CreDtTm>${totals}<InitgPty><Nm>${debtor}</Nm></InitgPty></GrpHdr>
  <PmtInf>
    <PmtInfId>1</PmtInfId>${method}${totals}${level}<ReqdExctnDt>${date(head.payOn)}</ReqdExctnDt>
    <Dbtr><Nm>${debtor}</Nm></Dbtr><DbtrAcct><Id><IBAN>${profile.debtorSheba}</IBAN></Id></DbtrAcct><DbtrAgt><FinInstnId><BIC>${profile.debtorBic}</BIC></FinInstnId></DbtrAgt>
`;
}

export function orderElement(profile: BankProfile, order: PaymentOrder, unit: MoneyUnit = RIAL): string {
  const name = escapeXml(cleanName(order.name, profile.maxNameLength, profile.letters) || order.merchant);
  const endToEnd = profile.endToEndId === 'EMPTY' ? 'EMPTY' : order.instructionId;
  const id =
    profile.dialect === 'ccti-2'
      ? `<Id><PrvtId><Othr><Id>${escapeXml(order.creditorId ?? 'EMPTY')}</Id></Othr></PrvtId></Id>`
      : '';
  return `    <CdtTrfTxInf>
      <PmtId><InstrId>${order.instructionId}</InstrId><EndToEndId>${endToEnd}</EndToEndId></PmtId>
      <Amt><InstdAmt Ccy="${unit.alpha}">${decimalOf(order.amountRials, unit)}</InstdAmt></Amt>
      <Cdtr><Nm>${name}</Nm>${id}</Cdtr>
      <CdtrAcct><Id><IBAN>${order.sheba}</IBAN></Id></CdtrAcct>
${remittance(profile, order)}    </CdtTrfTxInf>
`;
}

function remittance(profile: BankProfile, order: PaymentOrder): string {
  if (profile.remittance === '') return '';
  const text = profile.remittance.replaceAll('{merchant}', persianDigits(order.merchant));
  return `      <RmtInf><Ustrd>${escapeXml(cleanName(text, 140, profile.letters))}</Ustrd></RmtInf>\n`;
}

export const CLOSING = '  </PmtInf>\n </CstmrCdtTrfInitn>\n</Document>\n';
