import { Button, Group, NativeSelect, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import {
  capturesQuery,
  framesQuery,
  replayCapture,
  testOfCapture,
  type FramePage,
  type ReplayReport,
} from '../../api/engines.ts';
import { ActsBar } from '../../components/acts-bar.tsx';
import type { ListSearch } from '../../components/list-search.ts';
import { PageFrame } from '../../components/page.tsx';
import { useParam } from '../../components/param.ts';
import { ProblemNote } from '../../components/problem-note.tsx';
import { Ltr } from '../../components/texts.tsx';
import { common } from '../../words/common.ts';
import { useWords } from '../../words/tongue.ts';
import { Replayed } from './replay.tsx';
import { Sequence } from './sequence.tsx';
import { words } from './words.ts';

/** A recording as a sequence diagram, a page of frames at a time. Connection, page and opened frame stand in the address. */
export function Page(): ReactNode {
  const say = useWords(words);
  const shared = useWords(common);
  const file = useParam('file');
  const search = useSearch({ strict: false, select: (all) => all as ListSearch });
  const { connection, cursor } = search;
  const { data, error, isPending } = useQuery(framesQuery(file, { connection, cursor }));
  const [replayed, setReplayed] = useState<ReplayReport>();
  const navigate = useNavigate();
  const go = (wanted: ListSearch): void => void navigate({ to: '.', search: wanted });
  return (
    <PageFrame
      title={say('one')}
      tab={file}
      acts={
        <>
          <Replay file={file} connection={connection} onReplayed={setReplayed} />
          <MakeTest file={file} connection={connection} />
        </>
      }
    >
      <Text fw={600}>
        <Ltr>{file}</Ltr>
      </Text>
      <Text size="sm" className="soft">
        {say('one.explain')}
      </Text>
      {replayed?.file === file && <Replayed {...replayed} />}
      <ProblemNote error={error} />
      {isPending && <Text>{shared('loading')}</Text>}
      {data !== undefined && (
        <>
          <Connections page={data} search={search} go={go} />
          {data.items.length === 0 ? (
            <Text className="sheet">{say('noFrames')}</Text>
          ) : (
            <Sequence
              key={`${connection ?? ''} ${cursor ?? ''}`}
              frames={data.items}
              opened={Number(search['frame'] ?? Number.NaN)}
              onOpen={(frame) => {
                const at = frame === undefined ? '' : String(frame);
                void navigate({ to: '.', replace: true, resetScroll: false, search: { ...search, frame: at } });
              }}
            />
          )}
          <Pages search={search} next={data.next} go={go} />
        </>
      )}
    </PageFrame>
  );
}

interface PartProps {
  readonly search: ListSearch;
  readonly go: (wanted: ListSearch) => void;
}

/** The connections that this page shows, and the one that was chosen. */
function Connections({ page, search, go }: PartProps & { readonly page: FramePage }): ReactNode {
  const say = useWords(words);
  const { connection } = search;
  const names = new Set(page.items.map((frame) => frame.connection));
  if (connection !== undefined) names.add(connection);
  return (
    <NativeSelect
      label={say('connection')}
      maw="20rem"
      value={connection ?? ''}
      data={[{ value: '', label: say('connection.all') }, ...[...names].toSorted()]}
      onChange={({ currentTarget: { value } }) => {
        go(value === '' ? {} : { connection: value });
      }}
    />
  );
}

function Pages({ search, next, go }: PartProps & { readonly next: string | null }): ReactNode {
  const shared = useWords(common);
  const rest: ListSearch = search['connection'] === undefined ? {} : { connection: search['connection'] };
  return (
    <Group gap="xs">
      {
        search['cursor'] !== undefined &&
        <Button variant="default" onClick={() => { go(rest); }}>{shared('list.first')}</Button> // prettier-ignore
      }
      {
        next !== null &&
        <Button variant="default" onClick={() => { go({ ...rest, cursor: next }); }}>{shared('list.next')}</Button> // prettier-ignore
      }
    </Group>
  );
}

interface ReplayProps {
  readonly file: string;
  readonly connection: string | undefined;
  readonly onReplayed: (report: ReplayReport) => void;
}

/** Open where a gateway is set to play against; else the command is told. */
function Replay({ file, connection, onReplayed }: ReplayProps): ReactNode {
  const say = useWords(words);
  const { data } = useQuery(capturesQuery);
  if (data === undefined) return null;
  const { replayTo } = data;
  if (replayTo === null)
    return (
      <Text size="sm" className="soft">
        {say('replay.none')} <Ltr>{`kalabarg replay ${file} --to HOST:PORT`}</Ltr>
      </Text>
    );
  return (
    <ActsBar
      acts={[
        {
          id: 'replay',
          permission: 'captures:work',
          title: say('replay'),
          explain: say('replay.explain'),
          seen: { body: replayTo, etag: undefined },
          lines: (to: string) => [{ what: say('replay.to'), before: '—', after: to }],
          send: async ({ reason, key }) => {
            onReplayed(await replayCapture(file, connection, reason, { key }));
          },
        },
      ]}
    />
  );
}

function MakeTest({ file, connection }: { readonly file: string; readonly connection: string | undefined }): ReactNode {
  const say = useWords(words);
  return (
    <Button
      component="a"
      variant="default"
      href={testOfCapture(file, connection)}
      download={file}
      title={say('makeTest.explain')}
    >
      {say('makeTest')}
    </Button>
  );
}
