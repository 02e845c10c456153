import type { Static } from 'typebox';
import type { ReactNode } from 'react';
import type { MessagePage } from '../../../../src/console/api/message-schemas.ts';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Tag, type Tone } from '../../components/tag.tsx';
import { Count, Ltr, Masked, Moment } from '../../components/texts.tsx';
import { isWord, useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

type Message = Static<typeof MessagePage>['items'][number];

const STATES = ['queued', 'sent', 'failed'] as const;
const TONES: Readonly<Record<string, Tone>> = { sent: 'good', queued: 'wait', failed: 'bad' };

/** What people were told on their mobiles; a code is never shown. */
export function Page(): ReactNode {
  const say = useWords(words);
  const stateOf = (state: string): string => {
    const key = `state.${state}`;
    return isWord(words, key) ? say(key) : state;
  };
  const columns: readonly Column<Message>[] = [
    { id: 'at', head: say('at'), cell: ({ at }) => <Moment at={at} /> },
    { id: 'mobile', head: say('mobile'), cell: ({ mobile }) => <Masked>{mobile}</Masked> },
    { id: 'template', head: say('template'), cell: ({ template }) => <Ltr>{template}</Ltr> },
    { id: 'text', head: say('text'), cell: ({ text }) => <bdi>{text}</bdi> },
    { id: 'about', head: say('about'), cell: ({ about }) => <Ltr>{about ?? '—'}</Ltr> },
    {
      id: 'state',
      head: say('state'),
      cell: ({ state }) => <Tag tone={TONES[state] ?? 'plain'}>{stateOf(state)}</Tag>,
    },
    { id: 'tries', head: say('tries'), number: true, cell: ({ tries }) => <Count of={tries} /> },
    { id: 'fault', head: say('fault'), cell: ({ fault }) => <bdi>{fault ?? '—'}</bdi> },
  ];
  return (
    <ListPage<Message>
      title={say('title')}
      path="/messages"
      columns={columns}
      rowKey={({ id }) => id}
      filters={[
        { kind: 'text', name: 'mobile', label: say('mobile') },
        { kind: 'text', name: 'about', label: say('about') },
        { kind: 'choice', name: 'state', label: say('state'), options: STATES.map((state) => [state, say(`state.${state}`)]) }, // prettier-ignore
      ]}
    />
  );
}
