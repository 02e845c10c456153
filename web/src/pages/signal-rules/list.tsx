import { useState, type ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import type { RuleVersion, Trial } from '../../api/signal-rules.ts';
import { RuleFields } from '../../components/dated-rows.tsx';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Tag } from '../../components/tag.tsx';
import { Count, Day, Digits } from '../../components/texts.tsx';
import { useWords } from '../../words/tongue.ts';
import { RuleActs } from './acts.tsx';
import { TrialSeen } from './trial.tsx';
import { words } from './words.ts';

/** What raises signals: each rule with its versions, how precise it is, and who turned it on. */
export function Page(): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  const [trial, setTrial] = useState<Trial>();
  const columns: readonly Column<RuleVersion>[] = [
    { id: 'rule', head: say('rule'), cell: (each) => <bdi title={each.rule}>{each.title[language]}</bdi> },
    { id: 'version', head: say('version'), cell: ({ version }) => <Digits>{version}</Digits> },
    { id: 'from', head: say('validFrom'), cell: ({ validFrom }) => <Day iso={validFrom} /> },
    { id: 'state', head: say('state'), cell: (each) => <State {...each} /> },
    { id: 'thresholds', head: say('thresholds'), cell: ({ thresholds }) => <RuleFields section="signals" row={thresholds} /> }, // prettier-ignore
    { id: 'trial', head: say('lastTrial'), cell: ({ lastTrial }) => lastTrial === null ? '—' : <span><Day iso={lastTrial.from} /> – <Day iso={lastTrial.to} />: {say('touched', { count: lastTrial.shops })}</span> }, // prettier-ignore
    { id: 'signed', head: say('signatures'), number: true, cell: ({ signedBy }) => <Count of={signedBy.length} /> },
    {
      id: 'raised',
      head: say('raised'),
      number: true,
      cell: ({ precision }) => <Count of={precision.raised} query={precision.query} />,
    },
    { id: 'right', head: say('right'), number: true, cell: ({ precision }) => (precision.percent === null ? '—' : <span data-query={precision.query}>{say('percent', { percent: precision.percent })}</span>) }, // prettier-ignore
    { id: 'acts', head: say('acts'), cell: (each) => <RuleActs of={each} onTrial={setTrial} /> },
  ];
  return (
    <ListPage<RuleVersion>
      title={say('title')}
      path="/signal-rules"
      columns={columns}
      rowKey={({ rule, version }) => `${rule} ${version}`}
    >
      {trial !== undefined && <TrialSeen trial={trial} />}
    </ListPage>
  );
}

function State({ enabled, firstDay }: RuleVersion): ReactNode {
  const say = useWords(words);
  if (firstDay === null) return <Tag tone="wait">{say('state.waiting')}</Tag>;
  return <Tag tone={enabled ? 'good' : 'plain'}>{say(enabled ? 'state.on' : 'state.off')}</Tag>;
}
