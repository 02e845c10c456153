import { queryOptions } from '@tanstack/react-query';
import type { Static } from 'typebox';
import type {
  AnswerPage,
  BreakBody,
  BreakPage,
  BusinessDay as DaySchema,
  BusinessDayBody,
  CarryPage,
  DoubtBody,
  FileLinePage,
  LeftoverBody,
  PaymentFile as FileSchema,
  PaymentFileBody,
  ReleasedDay,
} from '../../../src/console/api/settlement-schemas.ts';
import { change, read, type Read } from './client.ts';

export type BusinessDay = Static<typeof DaySchema>;
export type WholeDay = Static<typeof BusinessDayBody>;
export type PaymentFile = Static<typeof FileSchema>;
export type WholeFile = Static<typeof PaymentFileBody>;
export type FileLine = Static<typeof FileLinePage>['items'][number];
export type BankAnswer = Static<typeof AnswerPage>['items'][number];
export type Leftover = Static<typeof LeftoverBody>;
export type Break = Static<typeof BreakPage>['items'][number];
export type WholeBreak = Static<typeof BreakBody>;
export type Doubt = Static<typeof DoubtBody>;
export type Carry = Static<typeof CarryPage>['items'][number];

/** What an act rests on, and its own name. */
export interface Sent {
  readonly etag?: string | undefined;
  readonly key: string;
}

const one =
  <Body>(list: string) =>
  (id: string): Promise<Read<Body>> =>
    read<Body>(`${list}/${encodeURIComponent(id)}`);

export const readDay = one<WholeDay>('/business-days');
export const readFile = one<WholeFile>('/payment-files');
export const readBreak = one<WholeBreak>('/breaks');
export const readDoubt = one<Doubt>('/doubts');
export const readLeftover = one<Leftover>('/bank-answers/leftovers');

const queryFor =
  <Body>(list: string, get: (id: string) => Promise<Read<Body>>) =>
  (id: string) =>
    queryOptions({ queryKey: [list, id], queryFn: () => get(id) });

export const dayQuery = queryFor('/business-days', readDay);
export const fileQuery = queryFor('/payment-files', readFile);
export const breakQuery = queryFor('/breaks', readBreak);
export const doubtQuery = queryFor('/doubts', readDoubt);
export const leftoverQuery = queryFor('/bank-answers/leftovers', readLeftover);

type ActOn<Body, Answer = unknown> = (id: string, body: Body, sent: Sent) => Promise<Answer>;

/** @param path below /api/v1 */
const act =
  (path: (id: string) => string): ActOn<object, never> =>
  (id, body, sent) =>
    change(path(encodeURIComponent(id)), { body, ...sent });

export const makeDay: ActOn<{ reason: string }> = act((day) => `/business-days/${day}/make`);
export const releaseDay: ActOn<{ reason: string }, Static<typeof ReleasedDay>> = act(
  (day) => `/business-days/${day}/release`,
);
export const acceptDay: ActOn<{ reason: string }> = act((day) => `/business-days/${day}/acceptance`);
export const decideAcceptance: ActOn<{ verdict: string; reason: string }> = act((day) => `/business-days/${day}/acceptance/decision`); // prettier-ignore
export const sayDelivered: ActOn<{ said: 'arrived' | 'not-arrived'; reason: string }> = act((file) => `/payment-files/${file}/delivery`); // prettier-ignore
export const holdOrder: ActOn<{ reason: string }> = act((order) => `/payment-orders/${order}/hold`);
export const readSheba = (order: string): Promise<Read<{ readonly sheba: string }>> =>
  read(`/payment-orders/${encodeURIComponent(order)}/sheba`);
export const closeLeftover: ActOn<{ note: string }> = act((id) => `/bank-answers/leftovers/${id}/close`);
export const unblockShop: ActOn<{ reason: string; sameSheba: boolean }> = act((shop) => `/shops/${shop}/unblock`);
export const decideUnblock: ActOn<{ verdict: string; reason: string }> = act(
  (shop) => `/shops/${shop}/unblock/decision`,
);
export const assignBreak: ActOn<{ owner: string }> = act((id) => `/breaks/${id}/assign`);
export const commentBreak: ActOn<{ text: string }> = act((id) => `/breaks/${id}/comment`);
export const proposeBreak: ActOn<{ post: string; rials?: string; reason: string }> = act(
  (id) => `/breaks/${id}/proposal`,
);
export const decideBreak: ActOn<{ verdict: string; reason: string }> = act((id) => `/breaks/${id}/decision`);
export const retryDoubt: ActOn<{ reason: string }> = act((id) => `/doubts/${id}/retry`);
export const ownDoubt: ActOn<{ owner: string; note?: string }> = act((id) => `/doubts/${id}/owner`);
export const resolveDoubt: ActOn<{ note: string }> = act((id) => `/doubts/${id}/resolution`);
