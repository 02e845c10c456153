import type { ReactNode } from 'react';
import type { Device } from '../../api/devices.ts';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Tag, type Tone } from '../../components/tag.tsx';
import { Ltr, Moment } from '../../components/texts.tsx';
import { isWord, useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

const TONES: Readonly<Record<string, Tone>> = { connected: 'good', cancelled: 'plain' };

export function useDeviceWord(): (kind: string, value: string | null | undefined) => string {
  const say = useWords(words);
  return (kind, value) => {
    const key = `${kind}.${value ?? ''}`;
    return isWord(words, key) ? say(key) : (value ?? '—');
  };
}

export function DeviceState({ state }: { readonly state: string }): ReactNode {
  return <Tag tone={TONES[state] ?? 'wait'}>{useDeviceWord()('state', state)}</Tag>;
}

/** Devices of approved shops, with on whom each waits. */
export function Page(): ReactNode {
  const say = useWords(words);
  const word = useDeviceWord();
  const columns: readonly Column<Device>[] = [
    { id: 'id', head: say('id'), cell: ({ id }) => <Ltr>{id}</Ltr> },
    { id: 'merchant', head: say('merchant'), cell: ({ merchant }) => <Ltr>{merchant}</Ltr> },
    { id: 'kind', head: say('kind'), cell: ({ kind }) => word('kind', kind) },
    { id: 'model', head: say('model'), cell: ({ model }) => <Ltr>{model ?? '—'}</Ltr> },
    { id: 'serial', head: say('serial'), cell: ({ serial }) => <Ltr>{serial ?? '—'}</Ltr> },
    { id: 'terminal', head: say('terminal'), cell: ({ terminal }) => <Ltr>{terminal ?? '—'}</Ltr> },
    { id: 'state', head: say('state'), cell: ({ state }) => <DeviceState state={state} /> },
    { id: 'fault', head: say('fault'), cell: ({ fault }) => (fault === null ? '—' : word('fault', fault)) },
    { id: 'waits', head: say('waitsOn'), cell: ({ waiting }) => word('party', waiting?.on) },
    { id: 'until', head: say('until'), cell: ({ waiting }) => <Moment at={waiting?.until} precision="minute" /> },
  ];
  return (
    <ListPage<Device>
      title={say('title')}
      path="/devices"
      columns={columns}
      rowKey={({ id }) => id}
      rowTo={({ id }) => `/devices/${id}`}
      filters={[
        { kind: 'text', name: 'merchant', label: say('merchant') },
        { kind: 'choice', name: 'open', label: say('open'), options: [['true', say('open.true')]] },
      ]}
    />
  );
}
