import { Button, Group, NativeSelect, Text, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import { whatIf, type WhatIf, type WhatIfAsked } from '../../api/scheme.ts';
import { ProblemNote } from '../../components/problem-note.tsx';
import { Money } from '../../components/texts.tsx';
import { dayOf } from '../../format/moment.ts';
import { rialsOf, unitOf } from '../../format/money.ts';
import { useWords } from '../../words/tongue.ts';
import { BasketInput } from './basket-input.tsx';
import { lineOf, NO_LINE, type TypedLine } from './basket.ts';
import { Outcome } from './outcome.tsx';
import { words } from './words.ts';

interface TryPurchaseProps {
  /** Whose purchase; undefined: it is asked for. */
  readonly household?: string;
  /** ISO; undefined: now. */
  readonly day?: string;
  readonly today?: string;
}

/** As src/ledger/guilds.ts has them. */
const GUILDS = ['supermarket', 'grocery', 'dairy', 'butcher', 'chain', 'cooperative'] as const;

interface Typed {
  readonly household: string;
  readonly amount: string;
  readonly rest: string;
  readonly guild: string;
  readonly lines: readonly TypedLine[];
}

/** What a purchase would come to, as the ledger itself decides: an amount, or a basket of goods. Nothing is kept. */
export function TryPurchase({ household, day, today }: TryPurchaseProps): ReactNode {
  const say = useWords(words);
  const looks = usePreferences();
  const [typed, setTyped] = useState<Typed>({ household: household ?? '', amount: '', rest: 'card', guild: '', lines: [] }); // prettier-ignore
  const [answered, setAnswered] = useState<{ asked: WhatIfAsked; answer: WhatIf }>();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const lines = typed.lines.map((line) => lineOf(looks, line));
  const basket = lines.filter((line) => line !== undefined);
  const total = lines.length === 0 ? rialsOf(looks, typed.amount) : String(basket.reduce((sum, { amountRials }) => sum + BigInt(amountRials), 0n)); // prettier-ignore
  const ready = /^[0-9A-Za-z]{1,20}$/.test(typed.household.trim()) && basket.length === lines.length && total !== undefined && total !== '0'; // prettier-ignore
  const change = (wanted: Partial<Typed>): void => {
    setTyped({ ...typed, ...wanted });
    setAnswered(undefined); // it was about something else
  };
  const ask = async (): Promise<void> => {
    if (!ready) return;
    setError(undefined);
    setAnswered(undefined);
    setBusy(true);
    const asked: WhatIfAsked = {
      household: typed.household.trim(),
      totalRials: total,
      rest: typed.rest,
      ...(basket.length > 0 ? { basket } : {}),
      ...(typed.guild === '' ? {} : { guild: typed.guild }),
      ...(day === undefined || day === today ? {} : { day }),
    };
    try {
      setAnswered({ asked, answer: await whatIf(asked) });
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  const title = day === undefined || day === today ? say('try') : say('try.day', { day: dayOf(looks.language, day) });
  return (
    <section className="sheet" aria-label={title}>
      <Text component="h2" fw={600}>{title}</Text>
      <Text size="sm" className="soft">{say('try.explain')}</Text>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void ask();
        }}
      >
        <Group align="end">
          {household === undefined && (
            <TextInput label={say('household')} required dir="ltr" maxLength={20} value={typed.household} onChange={(event) => { change({ household: event.currentTarget.value }); }} />
          )}
          {lines.length === 0 && (
            <TextInput label={`${say('amount')} (${unitOf(looks)})`} required value={typed.amount} onChange={(event) => { change({ amount: event.currentTarget.value }); }} />
          )}
          <NativeSelect label={say('rest')} value={typed.rest} data={(['card', 'cash'] as const).map((value) => ({ value, label: say(`rest.${value}`) }))} onChange={(event) => { change({ rest: event.currentTarget.value }); }} />
          <NativeSelect label={say('guild')} value={typed.guild} data={[{ value: '', label: say('guild.any') }, ...GUILDS.map((value) => ({ value, label: say(`guild.${value}`) }))]} onChange={(event) => { change({ guild: event.currentTarget.value }); }} />
        </Group>
        <BasketInput
          lines={typed.lines}
          onChange={(next) => {
            change({ lines: next });
          }}
        />
        <Group mt="sm">
          <Button variant="default" disabled={lines.length >= 30} onClick={() => { change({ lines: [...typed.lines, NO_LINE] }); }}>
            {say('addLine')}
          </Button>
          <Button type="submit" disabled={!ready} loading={busy}>{say('ask')}</Button>
          {lines.length > 0 && <Text>{say('total')}: <Money rials={total ?? null} /></Text>}
        </Group>
      </form>
      <ProblemNote error={error} />
      {answered !== undefined && <Outcome {...answered} />}
    </section>
  ); // prettier-ignore
}
