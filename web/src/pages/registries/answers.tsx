import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import type { RegistryAnswer } from '../../api/engines.ts';
import { reasonsQuery } from '../../api/shops.ts';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Tag, type Tone } from '../../components/tag.tsx';
import { Ltr, Moment } from '../../components/texts.tsx';
import { isWord, useWords } from '../../words/tongue.ts';
import { Name, REGISTRIES } from './name.tsx';
import { words } from './words.ts';

const VERDICTS = ['yes', 'no', 'unknown'] as const;
const TONES: Readonly<Record<string, Tone>> = { yes: 'good', no: 'bad', unknown: 'wait' };

/** What registries said last, the newest first. */
export function Page(): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  const { data: reasons } = useQuery(reasonsQuery);
  const registryName = (code: (typeof REGISTRIES)[number]): string => say(`registry.${code}`);
  const verdictOf = (verdict: string): string => {
    const key = `verdict.${verdict}`;
    return isWord(words, key) ? say(key) : verdict;
  };
  const columns: readonly Column<RegistryAnswer>[] = [
    { id: 'at', head: say('at'), cell: ({ at }) => <Moment at={at} /> },
    { id: 'registry', head: say('registry'), cell: ({ registry }) => <Name code={registry} /> },
    { id: 'verdict', head: say('verdict'), cell: ({ verdict }) => <Tag tone={TONES[verdict] ?? 'plain'}>{verdictOf(verdict)}</Tag> }, // prettier-ignore
    { id: 'why', head: say('why'), cell: ({ reason, detail }) => <Why reason={reasons?.find(({ code }) => code === reason)?.[language] ?? reason} detail={detail} /> }, // prettier-ignore
    { id: 'case', head: say('case'), cell: ({ caseId }) => <Ltr>{caseId}</Ltr> },
    { id: 'how', head: say('how'), cell: ({ applied, cached }) => say(applied ? (cached ? 'how.cached' : 'how.asked') : 'how.late') }, // prettier-ignore
  ];
  return (
    <ListPage<RegistryAnswer>
      title={say('answers')}
      path="/registries/answers"
      columns={columns}
      rowKey={({ id }) => id}
      rowTo={({ caseId }) => `/cases/${caseId}`}
      filters={[
        { kind: 'choice', name: 'registry', label: say('registry'), options: REGISTRIES.map((code) => [code, registryName(code)] as const) }, // prettier-ignore
        { kind: 'choice', name: 'verdict', label: say('verdict'), options: VERDICTS.map((each) => [each, verdictOf(each)] as const) }, // prettier-ignore
      ]}
      everyMs={30_000}
    />
  );
}

function Why({ reason, detail }: { readonly reason: string | null; readonly detail: string | null }): ReactNode {
  if (reason !== null) return reason;
  return detail === null ? '—' : <bdi dir="ltr">{detail}</bdi>;
}
