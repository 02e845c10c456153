import type { ReactNode } from 'react';
import { decideBinding, type Binding } from '../../api/authorities.ts';
import { FieldActs, type FieldAct } from '../../components/field-acts.tsx';
import { useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

/** Approved or rejected by another person; ended by one. */
export function BindingActs({ of }: { readonly of: Binding }): ReactNode {
  const say = useWords(words);
  const { id, state } = of;
  const base = { seen: { body: of, etag: undefined }, ask: [] };
  const become = (after: 'approved' | 'rejected' | 'ended') => () => [
    { what: `${of.authority}: ${of.programme}`, before: say(state === 'approved' ? 'state.approved' : 'state.proposed'), after: say(`state.${after}`) },
  ]; // prettier-ignore
  const proposed: readonly FieldAct<Binding>[] = [
    { ...base, id: 'approve', permission: 'money:approve', title: say('approve'), explain: say('approve.explain'), danger: true, lines: become('approved'), send: (_, { reason, key }) => decideBinding(id, 'approval', reason, { key }) },
    { ...base, id: 'reject', permission: 'money:stop', title: say('reject'), lines: become('rejected'), send: (_, { reason, key }) => decideBinding(id, 'rejection', reason, { key }) },
  ]; // prettier-ignore
  const approved: readonly FieldAct<Binding>[] = [
    { ...base, id: 'end', permission: 'money:stop', title: say('end'), explain: say('end.explain'), danger: true, lines: become('ended'), send: (_, { reason, key }) => decideBinding(id, 'end', reason, { key }) },
  ]; // prettier-ignore
  return <FieldActs acts={state === 'proposed' ? proposed : state === 'approved' ? approved : []} small />;
}
