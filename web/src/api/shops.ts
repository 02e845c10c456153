import { queryOptions } from '@tanstack/react-query';
import type { Static } from 'typebox';
import type { Complaint as ComplaintSchema } from '../../../src/console/api/complaint-schemas.ts';
import type { Comments, Desk as DeskSchema, ReasonTemplates } from '../../../src/console/api/desk-schemas.ts';
import type { ShebaChanges } from '../../../src/console/api/change-schemas.ts';
import type {
  Disputes,
  Notice as NoticeSchema,
  SanctionTables,
  ShopRecord,
} from '../../../src/console/api/notice-schemas.ts';
import type {
  Case as CaseSchema,
  CasePage,
  Rules,
  Shop as ShopSchema,
  ShopCapabilities,
} from '../../../src/console/api/shop-schemas.ts';
import type { SignalBody, SignalPage } from '../../../src/console/api/signal-schemas.ts';
import { change, read, type Read } from './client.ts';
import type { Sent } from './settlement.ts';

export type Case = Static<typeof CaseSchema>;
export type CaseLine = Static<typeof CasePage>['items'][number];
export type Desk = Static<typeof DeskSchema>;
export type Complaint = Static<typeof ComplaintSchema>;
export type Notice = Static<typeof NoticeSchema>;
export type Signal = Static<typeof SignalBody>;
export type SignalLine = Static<typeof SignalPage>['items'][number];

const at = (list: string, id: string): string => `${list}/${encodeURIComponent(id)}`;

export const readCase = (id: string): Promise<Read<Case>> => read(at('/cases', id));
export const readComplaint = (id: string): Promise<Read<Complaint>> => read(at('/complaints', id));
export const readNotice = (id: string): Promise<Read<Notice>> => read(at('/notices', id));
export const readSignal = (id: string): Promise<Read<Signal>> => read(at('/signals', id));

export const caseQuery = (id: string) => queryOptions({ queryKey: ['/cases', id], queryFn: () => readCase(id) });
export const deskQuery = (id: string) =>
  queryOptions({ queryKey: ['/cases', id, 'desk'], queryFn: async () => (await read<Desk>(`${at('/cases', id)}/desk`)).body }); // prettier-ignore
export const commentsQuery = (id: string) =>
  queryOptions({
    queryKey: ['/cases', id, 'comments'],
    queryFn: async () => (await read<Static<typeof Comments>>(`${at('/cases', id)}/comments`)).body.items,
  });
export const reasonsQuery = queryOptions({
  queryKey: ['/reason-templates'],
  queryFn: async () => (await read<Static<typeof ReasonTemplates>>('/reason-templates')).body.items,
  staleTime: 3_600_000,
});
export const complaintQuery = (id: string) =>
  queryOptions({ queryKey: ['/complaints', id], queryFn: () => readComplaint(id) });
export const noticeQuery = (id: string) => queryOptions({ queryKey: ['/notices', id], queryFn: () => readNotice(id) });
export const signalQuery = (id: string) => queryOptions({ queryKey: ['/signals', id], queryFn: () => readSignal(id) });

export interface Judgement {
  readonly event: string;
  readonly reason?: string;
  readonly note?: string;
  readonly validUntil?: string;
}

export const judgeItem = (id: string, code: string, body: Judgement, sent: Sent): Promise<Case> =>
  change(`${at('/cases', id)}/items/${code}/judgement`, { body, ...sent });
export const checkItem = (id: string, code: string, reason: string, sent: Sent): Promise<Case> =>
  change(`${at('/cases', id)}/items/${code}/check`, { body: { reason }, ...sent });
export const reviewCase = (id: string, verdict: string, note: string, sent: Sent): Promise<Case> =>
  change(`${at('/cases', id)}/reviews`, { body: { verdict, note }, ...sent });
export const claimCase = (id: string, sent: Sent): Promise<unknown> =>
  change(`${at('/cases', id)}/claim`, { body: {}, ...sent });
export const releaseCase = (id: string, sent: Sent): Promise<unknown> =>
  change(`${at('/cases', id)}/claim/release`, { body: {}, ...sent });
export const sayOnCase = (id: string, text: string, sent: Sent): Promise<unknown> =>
  change(`${at('/cases', id)}/comments`, { body: { text }, ...sent });

/** @param act `ask`, `refusal`, `proposal`, `decision`, … */
export const actOnComplaint = (id: string, act: string, body: object, sent: Sent): Promise<Complaint> =>
  change(`${at('/complaints', id)}/${act}`, { body, ...sent });
export const decideNotice = (id: string, act: 'decision' | 'final', body: object, sent: Sent): Promise<Notice> =>
  change(`${at('/notices', id)}/${act}`, { body, ...sent });
export const actOnSignal = (id: string, act: string, body: object, sent: Sent): Promise<Signal> =>
  change(`${at('/signals', id)}/${act}`, { body, ...sent });

export type Shop = Static<typeof ShopSchema>;
export type ShopRecordBody = Static<typeof ShopRecord>;

const ofShop =
  <Body>(part: string) =>
  (merchant: string) =>
    queryOptions({
      queryKey: ['/shops', merchant, part],
      queryFn: async () => (await read<Body>(`${at('/shops', merchant)}${part}`)).body,
    });
export const shopQuery = ofShop<Shop>('');
export const capabilitiesQuery = ofShop<Static<typeof ShopCapabilities>>('/capabilities');
export const recordQuery = ofShop<ShopRecordBody>('/violations');
export const disputesQuery = ofShop<Static<typeof Disputes>>('/disputes');
export const shebasQuery = ofShop<Static<typeof ShebaChanges>>('/shebas');
export const sanctionsQuery = queryOptions({
  queryKey: ['/sanctions'],
  queryFn: async () => (await read<Static<typeof SanctionTables>>('/sanctions')).body.items,
  staleTime: 3_600_000,
});

/** @param path below the shop: `/decisions`, `/disputes/3/release` */
export const actOnShop = (merchant: string, path: string, body: object, sent: Sent): Promise<unknown> =>
  change(`${at('/shops', merchant)}${path}`, { body, ...sent });
export const sayOnNotice = (id: string, act: 'response' | 'appeal', text: string, sent: Sent): Promise<Notice> =>
  change(`${at('/notices', id)}/${act}`, { body: { text }, ...sent });
export const fileComplaint = (body: object, sent: Sent): Promise<Complaint> => change('/complaints', { body, ...sent });

export const shopRulesQuery = queryOptions({
  queryKey: ['/shop-rules'],
  queryFn: async () => (await read<Static<typeof Rules>>('/shop-rules')).body,
  staleTime: 3_600_000,
});
/** A code to the owner's mobile; the challenge that goes with it is in the first answer alone. */
export const askOwner = (id: string, sent: Sent): Promise<{ readonly mobile: string; readonly challenge?: string }> =>
  change(`${at('/cases', id)}/confirmation`, { body: {}, ...sent });
export const confirmOwner = (id: string, said: { challenge: string; code: string }, sent: Sent): Promise<Case> =>
  change(`${at('/cases', id)}/confirmation/code`, { body: said, ...sent });
/** The bank has closed the old account: the new Sheba is not waited for. */
export const closedAccount = (id: string, reason: string, sent: Sent): Promise<Case> =>
  change(`${at('/cases', id)}/account-closed`, { body: { reason }, ...sent });
export const beginCase = (body: object, sent: Sent): Promise<Case> => change('/cases', { body, ...sent });
export const actOnCase = (id: string, act: 'submit' | 'withdraw' | 'reopen', reason: string, sent: Sent): Promise<Case> => change(`${at('/cases', id)}/${act}`, { body: { reason }, ...sent }); // prettier-ignore
export const fillItem = (id: string, code: string, value: object, sent: Sent): Promise<Case> =>
  change(`${at('/cases', id)}/items/${code}`, { method: 'PUT', body: { value }, ...sent });
