import { queryOptions } from '@tanstack/react-query';
import type { Static } from 'typebox';
import type {
  HouseholdPurchase,
  HouseholdSeen,
  MoveSeen,
  ProgrammeList,
  WhatIfAnswer,
  WhatIfBody,
} from '../../../src/console/api/household-schemas.ts';
import type {
  Costs as CostsBody,
  RulesByDay as RulesByDayBody,
  RulesProposalBody,
} from '../../../src/console/api/rules-schemas.ts';
import { change, read } from './client.ts';
import type { Sent } from './settlement.ts';

export type Household = Static<typeof HouseholdSeen>;
export type Purchase = Static<typeof HouseholdPurchase>;
export type Programmes = Static<typeof ProgrammeList>;
export type WhatIf = Static<typeof WhatIfAnswer>;
export type RulesProposal = Static<typeof RulesProposalBody>;

const at = (household: string): string => `/households/${encodeURIComponent(household)}`;

export const householdQuery = (household: string) =>
  queryOptions({
    queryKey: ['/households', household],
    queryFn: async () => (await read<Household>(at(household))).body,
  });
export const purchasesQuery = (household: string) =>
  queryOptions({
    queryKey: ['/households', household, 'transactions'],
    queryFn: async () => (await read<{ items: readonly Purchase[] }>(`${at(household)}/transactions`, { limit: 50 })).body.items, // prettier-ignore
  });
export const programmesQuery = queryOptions({
  queryKey: ['/programmes'],
  queryFn: async () => (await read<Programmes>('/programmes')).body,
});

export type HouseholdMove = Static<typeof MoveSeen>;
export const proposeMove = (body: object, sent: Sent): Promise<HouseholdMove> =>
  change('/household-moves', { body, ...sent });
export const decideMove = (
  id: string,
  verdict: 'approval' | 'rejection',
  reason: string,
  sent: Sent,
): Promise<HouseholdMove> => change(`/household-moves/${id}/${verdict}`, { body: { reason }, ...sent });

export type WhatIfAsked = Static<typeof WhatIfBody>;
/** What a purchase would come to: nothing is kept. */
export const whatIf = (asked: WhatIfAsked): Promise<WhatIf> => change('/programmes/what-if', { body: asked });

export type RulesByDay = Static<typeof RulesByDayBody>;
export type Holding = RulesByDay['holds'][number];
export type HoldingChange = RulesByDay['changes'][number];
export const rulesByDayQuery = (wanted: { readonly day?: string | undefined; readonly against?: string | undefined }) =>
  queryOptions({
    queryKey: ['/rules-by-day', wanted],
    queryFn: async ({ signal }) => (await read<RulesByDay>('/rules-by-day', wanted, signal)).body,
  });

export interface SettlementRules {
  readonly day: string;
  readonly inForce: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
  /** All of them by date, as their file has them. */
  readonly rules: object;
  readonly digest: string;
  readonly waiting: RulesProposal | null;
}
export const rulesQuery = (day: string | undefined) =>
  queryOptions({
    queryKey: ['/settlement-rules', day],
    queryFn: async () => (await read<SettlementRules>('/settlement-rules', { day })).body,
  });
/** What a file of rules would change: nothing is kept. */
export const previewRules = (rules: object): Promise<{ readonly changes: RulesProposal['changes'] }> =>
  change('/settlement-rules/preview', { body: { rules } });
export const proposeRules = (body: object, sent: Sent): Promise<RulesProposal> =>
  change('/settlement-rules/proposals', { body, ...sent });
export type Costs = Static<typeof CostsBody>;
/** @param asked undefined: not yet */
export const costsQuery = (asked: { voucherRials: string; cardRials: string; day: string } | undefined) =>
  queryOptions({
    queryKey: ['/settlement-rules/what-if', asked],
    queryFn: async ({ signal }) => (await read<Costs>('/settlement-rules/what-if', { ...asked, day: asked?.day === '' ? undefined : asked?.day }, signal)).body, // prettier-ignore
    enabled: asked !== undefined,
  });
export const decideRules = (
  id: string,
  verdict: 'approval' | 'rejection',
  note: string,
  sent: Sent,
): Promise<unknown> => change(`/settlement-rules/proposals/${id}/${verdict}`, { body: { note }, ...sent });
