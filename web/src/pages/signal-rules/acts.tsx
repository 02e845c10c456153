import type { ReactNode } from 'react';
import { useMe } from '../../app/session.tsx';
import { usePreferences } from '../../app/preferences.ts';
import { proposeVersion, signVersion, tryVersion, type RuleVersion, type Trial } from '../../api/signal-rules.ts';
import { FieldActs, type Field, type FieldAct, type Values } from '../../components/field-acts.tsx';
import { digits } from '../../format/digits.ts';
import { amountOf } from '../../format/money.ts';
import { fieldName, fieldOf, guildName, valueText } from '../../format/rule-text.ts';
import { inputsOf, thresholdsOf } from '../../format/thresholds.ts';
import { dayFromToday } from '../../format/moment.ts';
import { useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

interface RuleActsProps {
  readonly of: RuleVersion;
  readonly onTrial: (trial: Trial) => void;
}

/** A rule becomes another one as a version: proposed, tried on closed days, signed by two persons. */
export function RuleActs({ of, onTrial }: RuleActsProps): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  const propose = useProposal(of);
  const { person } = useMe();
  const { rule, version, firstDay, lastTrial, signedBy } = of;
  const acts: readonly (FieldAct<RuleVersion> | false)[] = [
    {
      id: 'try',
      permission: 'shops:judge',
      title: say('try'),
      explain: say('try.explain'),
      reason: 'none',
      ask: [
        { kind: 'day', name: 'from', label: say('from'), until: dayFromToday() },
        { kind: 'day', name: 'to', label: say('to'), until: dayFromToday() },
      ],
      send: async (days, { key }) => {
        onTrial(await tryVersion(rule, version, days, { key }));
      },
    },
    // what was never tried is not signed, nor twice by one person
    firstDay === null &&
      lastTrial !== null &&
      !signedBy.includes(person.id) && {
        id: 'sign',
        permission: 'shops:judge',
        title: say('sign'),
        explain: say('sign.explain'),
        danger: true,
        ask: [],
        seen: { body: of, etag: undefined },
        lines: (now) => [
          { what: say('signatures'), before: digits(language, now.signedBy.length), after: digits(language, now.signedBy.length + 1) }, // prettier-ignore
        ],
        send: (_, { reason, key }) => signVersion(rule, version, reason, { key }),
      },
    propose,
  ];
  return <FieldActs acts={acts} small />;
}

function useProposal(of: RuleVersion): FieldAct<RuleVersion> {
  const say = useWords(words);
  const looks = usePreferences();
  const inputs = inputsOf(of.thresholds);
  const isMoney = (threshold: string): boolean => fieldOf('signals', threshold)?.kind === 'rials';
  const labelOf = ({ threshold, guild }: (typeof inputs)[number]): string =>
    guild === undefined ? fieldName(looks, 'signals', threshold) : `${fieldName(looks, 'signals', threshold)}: ${guildName(looks, guild)}`; // prettier-ignore
  const typedIn = (values: Values): Record<string, unknown> | undefined => thresholdsOf(inputs, values);
  return {
    id: 'propose',
    permission: 'shops:judge',
    title: say('propose'),
    reasonMin: 10,
    explain: say('propose.explain'),
    seen: { body: of, etag: undefined },
    ask: [
      { kind: 'day', name: 'validFrom', label: say('validFrom') },
      { kind: 'choice', name: 'enabled', label: say('state'), options: [['true', say('state.on')], ['false', say('state.off')]] }, // prettier-ignore
      ...inputs.map((input): Field => (isMoney(input.threshold) ? { kind: 'money', name: input.name, label: labelOf(input) } : { kind: 'text', name: input.name, label: labelOf(input), max: 12, ltr: true })), // prettier-ignore
    ],
    start: {
      enabled: 'true',
      ...Object.fromEntries(inputs.map(({ name, threshold, value }) => [name, isMoney(threshold) ? amountOf(looks, value) : value])), // prettier-ignore
    },
    fault: (values) => (typedIn(values) === undefined ? say('notNumbers') : undefined),
    lines: (now, values) =>
      Object.entries(typedIn(values) ?? {}).flatMap(([name, value]) => {
        const [before, after] = [valueText(looks, 'signals', name, now.thresholds[name]), valueText(looks, 'signals', name, value)]; // prettier-ignore
        return before === after ? [] : [{ what: fieldName(looks, 'signals', name), before, after }];
      }),
    send: ({ validFrom, enabled, ...values }, { reason, key }) =>
      proposeVersion(of.rule, { validFrom, enabled: enabled === 'true', thresholds: typedIn(values), reason }, { key }),
  };
}
