import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import { actOnShop, recordQuery, sanctionsQuery, type Shop } from '../../api/shops.ts';
import { FieldActs, type FieldAct } from '../../components/field-acts.tsx';
import { dayFromToday } from '../../format/moment.ts';
import { useWords } from '../../words/tongue.ts';
import { useShopWord } from './word.ts';
import { words } from './words.ts';

/** As src/shops/standing has it. */
const SUSPENDED_DAYS = 10;
/** As src/shops/requirements/item.ts has them. */
const ITEMS = ['guild_licence', 'owner_identity', 'tax_code', 'sheba', 'mobile', 'address', 'terminal', 'terms', 'relations'] as const; // prettier-ignore
const CHANGES = ['sheba', 'owner', 'address', 'terminal'] as const;

/** The beginning of a day in Tehran, which is three and a half hours before that of the world. */
const instantOf = (day: string): string => new Date(`${day}T00:00:00+03:30`).toISOString();
/** RRNs as people paste them. */
const rrnsIn = (text: string | undefined): string[] => (text ?? '').split(/[\s,،]+/).filter((each) => each !== '');

/** What one may do about a shop: judge it, hold a purchase out of its pay-outs, begin a change of it. */
export function ShopActs({ shop }: { readonly shop: Shop }): ReactNode {
  const { merchant } = shop;
  return <FieldActs acts={[useDecision(shop), useViolation(merchant), useNotice(merchant), useDispute(merchant), useChange(merchant), useReverify(merchant)]} />; // prettier-ignore
}

function useDecision({ merchant, standing, canBecome }: Shop): FieldAct<unknown> | false {
  const say = useWords(words);
  const word = useShopWord();
  return (
    canBecome.length > 0 && {
      id: 'decide',
      permission: 'shops:judge',
      title: say('decide'),
      reasonMin: 10,
      explain: say('decide.explain'),
      danger: true,
      ask: [
        { kind: 'choice', name: 'state', label: say('standing'), options: canBecome.map((state) => [state, word('standing', state)]) }, // prettier-ignore
        { kind: 'day', name: 'until', label: say('until'), from: dayFromToday(1), optional: true },
        { kind: 'text', name: 'rule', label: say('rule'), max: 60, optional: true },
        { kind: 'area', name: 'evidence', label: say('evidence'), optional: true },
      ],
      fault: ({ state, until }) => state === 'SUSPENDED' && (until === undefined || until > dayFromToday(SUSPENDED_DAYS)) ? say('decide.suspended') : undefined, // prettier-ignore
      lines: (_, { state }) => [{ what: say('standing'), before: word('standing', standing), after: word('standing', state ?? '') }], // prettier-ignore
      seen: { body: undefined, etag: undefined },
      send: ({ state, until, rule, evidence }, { reason, key }) =>
      actOnShop(merchant, '/decisions', { state, reason, ...(until === undefined ? {} : { until: instantOf(until) }), ...(rule === undefined ? {} : { rule }), evidence: rrnsIn(evidence) }, { key }), // prettier-ignore
    }
  );
}

function useViolation(merchant: string): FieldAct<unknown> | false {
  const say = useWords(words);
  const { language } = usePreferences();
  const { data } = useQuery(sanctionsQuery);
  const kinds = data?.at(-1)?.kinds ?? [];
  return (
    kinds.length > 0 && {
      id: 'violation',
      permission: 'shops:judge',
      title: say('violation'),
      reason: 'none',
      ask: [
        { kind: 'choice', name: 'kind', label: say('kind'), options: kinds.map((kind) => [kind.code, kind[language]]) },
        { kind: 'day', name: 'at', label: say('at'), until: dayFromToday() },
        { kind: 'area', name: 'note', label: say('note'), min: 10, max: 2_000 },
        { kind: 'area', name: 'evidence', label: say('evidence'), optional: true },
      ],
      send: ({ kind, at = '', note, evidence }, { key }) =>
        actOnShop(merchant, '/violations', { kind, at: instantOf(at), note, evidence: rrnsIn(evidence) }, { key }),
    }
  );
}

/** About violations of its record that still count; the sanction is one of the published table, that which the record comes to at first. */
function useNotice(merchant: string): FieldAct<unknown> | false {
  const say = useWords(words);
  const { language } = usePreferences();
  const { data } = useQuery(recordQuery(merchant));
  const { data: tables } = useQuery(sanctionsQuery);
  const sanctions = tables?.at(-1)?.sanctions ?? [];
  const counting = data?.violations.filter(({ struckAt }) => struckAt === null) ?? [];
  const proposed = sanctions.findIndex(({ points }) => points === data?.proposal?.points);
  return (
    counting.length > 0 &&
    sanctions.length > 0 && {
      id: 'notice',
      permission: 'shops:judge',
      title: say('notice'),
      explain: say('notice.explain'),
      danger: true,
      reason: 'none',
      ask: [
        { kind: 'many', name: 'violations', label: say('about'), options: counting.map(({ id, note }) => [id, note]) },
        { kind: 'choice', name: 'row', label: say('sanction'), options: sanctions.map((row, n) => [String(n), row[language]]) }, // prettier-ignore
        { kind: 'area', name: 'text', label: say('text'), min: 10, max: 4_000 },
      ],
      start: { violations: counting.map(({ id }) => id).join(' '), row: String(Math.max(proposed, 0)) },
      send: ({ violations = '', row, text }, { key }) => {
        const { state: sanction, days } = sanctions[Number(row)] ?? {};
        const body = { violations: violations.split(' '), sanction, text, ...(days === undefined ? {} : { days }) };
        return actOnShop(merchant, '/notices', body, { key });
      },
    }
  );
}

function useDispute(merchant: string): FieldAct<unknown> {
  const say = useWords(words);
  return {
    id: 'dispute',
    permission: 'shops:judge',
    title: say('dispute'),
    reasonMin: 10,
    explain: say('dispute.explain'),
    ask: [
      { kind: 'text', name: 'rrn', label: say('rrn'), max: 12, ltr: true },
      { kind: 'day', name: 'businessDay', label: say('day'), until: dayFromToday(1) },
      { kind: 'day', name: 'until', label: say('until'), from: dayFromToday(1), until: dayFromToday(60) },
    ],
    send: ({ rrn, businessDay, until = '' }, { reason, key }) =>
      actOnShop(merchant, '/disputes', { rrn, businessDay, until: instantOf(until), reason }, { key }),
  };
}

function useChange(merchant: string): FieldAct<unknown> {
  const say = useWords(words);
  const word = useShopWord();
  return {
    id: 'change',
    permission: 'shops:enter',
    title: say('change'),
    explain: say('change.explain'),
    reason: 'none',
    ask: [{ kind: 'choice', name: 'kind', label: say('kind'), options: CHANGES.map((kind) => [kind, word('change', kind)]) }], // prettier-ignore
    send: ({ kind }, { key }) => actOnShop(merchant, '/changes', { kind }, { key }),
  };
}

function useReverify(merchant: string): FieldAct<unknown> {
  const say = useWords(words);
  const word = useShopWord();
  return {
    id: 'reverify',
    permission: 'shops:review',
    title: say('reverify'),
    reasonMin: 10,
    explain: say('reverify.explain'),
    ask: [
      { kind: 'many', name: 'items', label: say('items'), options: ITEMS.map((item) => [item, word('item', item)]) },
      { kind: 'day', name: 'until', label: say('until'), from: dayFromToday(1) },
    ],
    send: ({ items = '', until }, { reason, key }) =>
      actOnShop(merchant, '/reverify', { items: items.split(' '), until, reason }, { key }),
  };
}

interface OfShop {
  readonly merchant: string;
  readonly id: string;
}

export function ConfirmDecision({ merchant, id }: OfShop): ReactNode {
  const say = useWords(words);
  return <FieldActs small acts={[{ id: 'confirm', permission: 'shops:judge', title: say('confirm'), reasonMin: 10, danger: true, ask: [], send: (_, { reason, key }) => actOnShop(merchant, `/decisions/${id}/confirmation`, { reason }, { key }) }]} />; // prettier-ignore
}

export function LetGo({ merchant, id }: OfShop): ReactNode {
  const say = useWords(words);
  return <FieldActs small acts={[{ id: 'release', permission: 'shops:judge', title: say('release'), reasonMin: 10, explain: say('release.explain'), ask: [], send: (_, { reason, key }) => actOnShop(merchant, `/disputes/${id}/release`, { reason }, { key }) }]} />; // prettier-ignore
}

export function StopSheba({ merchant }: Pick<OfShop, 'merchant'>): ReactNode {
  const say = useWords(words);
  return <FieldActs small acts={[{ id: 'stop', permission: 'shops:judge', title: say('stop'), reasonMin: 10, danger: true, ask: [], send: (_, { reason, key }) => actOnShop(merchant, '/shebas/stop', { reason }, { key }) }]} />; // prettier-ignore
}
