import { Checkbox, NumberInput, Radio, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { capturesQuery, startCapture, stopCapture, type Captures } from '../../api/engines.ts';
import { ActsBar, type NamedAct } from '../../components/acts-bar.tsx';
import { Facts } from '../../components/facts.tsx';
import { Go } from '../../components/go.tsx';
import { PageFrame } from '../../components/page.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { RowsTable } from '../../components/rows.tsx';
import { Count, Ltr, Moment } from '../../components/texts.tsx';
import { common } from '../../words/common.ts';
import { useWords } from '../../words/tongue.ts';
import { Size } from './size.tsx';
import { words } from './words.ts';

/** What is recorded now, and the recordings that lie here. */
export function Page(): ReactNode {
  const say = useWords(words);
  const shared = useWords(common);
  const { data, error, isPending } = useQuery(capturesQuery);
  return (
    <PageFrame title={say('title')} acts={data !== undefined && <Acts recording={data.recording} />}>
      <ProblemNote error={error} />
      {isPending && <Text>{shared('loading')}</Text>}
      {data !== undefined && <Now recording={data.recording} />}
      {data !== undefined && <Recordings {...data} />}
    </PageFrame>
  );
}

function Now({ recording }: { readonly recording: Captures['recording'] }): ReactNode {
  const say = useWords(words);
  if (recording === null) return <Text className="soft">{say('idle')}</Text>;
  return (
    <section className="note wait" aria-label={say('running')}>
      <Text fw={600}>{say('running')}</Text>
      <Facts
        rows={[
          [say('file'), <Ltr key="file">{recording.file}</Ltr>],
          [say('whom'), <Whom key="whom" {...recording} />],
          [say('bank'), say(recording.bank ? 'bank.with' : 'bank.without')],
          [say('until'), <Moment key="until" at={recording.until} />],
          [say('most'), <Size key="most" bytes={recording.maxBytes} />],
        ]}
      />
    </section>
  );
}

function Whom({ terminals, share }: { readonly terminals: readonly string[]; readonly share: number }): ReactNode {
  const say = useWords(words);
  if (terminals.length > 0) return <Ltr>{terminals.join(', ')}</Ltr>;
  return (
    <>
      <Count of={share * 100} places={2} />% {say('ofConnections')}
    </>
  );
}

function Recordings({ items, recording }: Captures): ReactNode {
  const say = useWords(words);
  if (items.length === 0) return <Text className="sheet">{say('none')}</Text>;
  return (
    <RowsTable
      label={say('title')}
      heads={[say('file'), say('size'), say('changedAt'), say('state')]}
      numbers={[1]}
      rows={items.map(({ file, bytes, changedAt }) => [
        file,
        <Go key="file" to={`/captures/${file}`}>
          <Ltr>{file}</Ltr>
        </Go>,
        <Size key="size" bytes={bytes} />,
        <Moment key="at" at={changedAt} />,
        say(file === recording?.file ? 'state.running' : 'state.ended'),
      ])}
    />
  );
}

function Acts({ recording }: { readonly recording: Captures['recording'] }): ReactNode {
  const say = useWords(words);
  const [by, setBy] = useState('terminals');
  const [terminals, setTerminals] = useState('');
  const [percent, setPercent] = useState(1);
  const [bank, setBank] = useState(true);
  const [minutes, setMinutes] = useState(60);
  const [megabytes, setMegabytes] = useState(256);
  const named = [...new Set(terminals.split(/[\s,،]+/).filter((each) => each !== ''))];
  const whom = by === 'terminals' ? { terminals: named } : { share: percent / 100 };
  const whole = [minutes, megabytes].every((each) => Number.isInteger(each) && each > 0);
  const ready = whole && (by === 'terminals' ? named.length > 0 && named.every((each) => /^[\x21-\x7e]{1,8}$/.test(each)) : percent > 0); // prettier-ignore
  const start: NamedAct<unknown> = {
    id: 'start',
    permission: 'captures:work',
    title: say('start'),
    explain: say('start.explain'),
    ready,
    fields: (
      <Stack gap="xs">
        <Radio.Group label={say('whom')} value={by} onChange={setBy}>
          <Radio value="terminals" label={say('by.terminals')} py={4} />
          <Radio value="share" label={say('by.share')} py={4} />
        </Radio.Group>
        {by === 'terminals' ? (
          <TextInput label={say('terminals')} description={say('terminals.help')} dir="ltr" maxLength={900} required value={terminals} onChange={(event) => { setTerminals(event.currentTarget.value); }} />
        ) : (
          <NumberInput label={say('percent')} required min={0.01} max={100} decimalScale={2} value={percent} onChange={(value) => { setPercent(Number(value)); }} />
        )}
        <Checkbox label={say('bank.with')} checked={bank} onChange={(event) => { setBank(event.currentTarget.checked); }} />
        <NumberInput label={say('minutes')} required min={1} max={1_440} allowDecimal={false} value={minutes} onChange={(value) => { setMinutes(Number(value)); }} />
        <NumberInput label={say('megabytes')} required min={1} max={1_024} allowDecimal={false} value={megabytes} onChange={(value) => { setMegabytes(Number(value)); }} />
      </Stack>
    ),
    send: ({ reason, key }) => startCapture({ ...whom, bank, minutes, maxMegabytes: megabytes, reason }, { key }),
  }; // prettier-ignore
  const stop: NamedAct<unknown> = {
    id: 'stop',
    permission: 'captures:work',
    title: say('stop'),
    explain: say('stop.explain'),
    seen: { body: recording, etag: undefined },
    lines: () => [{ what: recording?.file ?? '', before: say('state.running'), after: say('state.ended') }],
    send: ({ reason, key }) => stopCapture(reason, { key }),
  };
  return <ActsBar acts={[recording === null ? start : stop]} />;
}
