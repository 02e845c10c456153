import { queryOptions } from '@tanstack/react-query';
import type { Static } from 'typebox';
import type {
  Authorities as AuthoritiesBody,
  AuthorityDayPage,
  Binding as BindingBody,
  StandInRuleSeen,
  StoodPage,
} from '../../../src/console/api/authority-schemas.ts';
import { change, read } from './client.ts';
import type { Sent } from './settlement.ts';

export type Authorities = Static<typeof AuthoritiesBody>;
export type Binding = Static<typeof BindingBody>;
export type AuthorityDay = Static<typeof AuthorityDayPage>['items'][number];
export type StandInRule = Static<typeof StandInRuleSeen>;
export type Stood = Static<typeof StoodPage>['items'][number];

export const authoritiesQuery = queryOptions({
  queryKey: ['/authorities'],
  queryFn: async () => (await read<Authorities>('/authorities')).body,
});
export const authorityDaysQuery = queryOptions({
  queryKey: ['/authority-days'],
  queryFn: async () => (await read<{ items: readonly AuthorityDay[] }>('/authority-days', { limit: 31 })).body.items,
});
export const proposeBinding = (body: object, sent: Sent): Promise<Binding> =>
  change('/authority-bindings', { body, ...sent });
export const decideBinding = (
  id: string,
  act: 'approval' | 'rejection' | 'end',
  reason: string,
  sent: Sent,
): Promise<Binding> => change(`/authority-bindings/${id}/${act}`, { body: { reason }, ...sent });
export const proposeStandIn = (body: object, sent: Sent): Promise<StandInRule> =>
  change('/stand-in-rules', { body, ...sent });
export const decideStandIn = (
  id: string,
  verdict: 'approval' | 'rejection',
  reason: string,
  sent: Sent,
): Promise<StandInRule> => change(`/stand-in-rules/${id}/${verdict}`, { body: { reason }, ...sent });
