import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Trial } from '../../api/signal-rules.ts';
import { RuleFields } from '../../components/dated-rows.tsx';
import { Go } from '../../components/go.tsx';
import { RowsTable } from '../../components/rows.tsx';
import { Count, Day, Ltr, Money } from '../../components/texts.tsx';
import { guildName } from '../../format/rule-text.ts';
import { usePreferences } from '../../app/preferences.ts';
import { useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

/** Whom a version would have touched on closed days; it raised nothing. */
export function TrialSeen({ trial }: { readonly trial: Trial }): ReactNode {
  const say = useWords(words);
  const looks = usePreferences();
  const title = say('trial', { rule: trial.rule });
  return (
    <section aria-label={title}>
      <Text component="h2" fw={600}>
        {title}
      </Text>
      <div className="note wait" role="status" data-query={trial.query}>
        <Day iso={trial.from} /> – <Day iso={trial.to} />: {say('touched', { count: trial.shops })} ·{' '}
        {say('purchasesOf', { count: trial.purchases })} · <Money rials={trial.rials} />
      </div>
      {trial.list.length > 0 && (
        <RowsTable
          label={title}
          heads={[say('shop'), say('merchant'), say('guild'), say('days'), say('purchases'), say('amount'), say('figures')]}
          numbers={[3, 4, 5]}
          rows={trial.list.map((shop) => [
            shop.merchant,
            <bdi key="name">{shop.name}</bdi>,
            <Go key="merchant" to={`/shops/${shop.merchant}`}><Ltr>{shop.merchant}</Ltr></Go>,
            <bdi key="guild">{guildName(looks, shop.guild)}</bdi>,
            <Count key="days" of={shop.days} />,
            <Count key="purchases" of={shop.purchases} />,
            <Money key="rials" rials={shop.rials} />,
            <RuleFields key="figures" section="signals" row={shop.figures} />,
          ])}
        />
      )}
    </section>
  ); // prettier-ignore
}
