import { Button, FileInput, Group, NativeSelect, Stack, Text, Textarea } from '@mantine/core';
import { useState, type DragEvent, type ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import { Facts } from '../../components/facts.tsx';
import { HexView } from '../../components/hex-view.tsx';
import { PageFrame } from '../../components/page.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { Ltr } from '../../components/texts.tsx';
import { numberOf } from '../../format/digits.ts';
import { readHexInput } from '../../format/hex-input.ts';
import { useWords } from '../../words/tongue.ts';
import type { Candidate, Decoded, PlacedElement } from './engine.ts';
import { SAMPLE } from './sample.ts';
import { words } from './words.ts';

const engine = () => import('./engine.ts');
const MOST_BYTES = 32 << 20;

interface Looked {
  readonly samples: readonly Uint8Array[];
  readonly candidates: readonly Candidate[];
  readonly chosen: number;
}

/** Bytes that somebody has in hand: how they are cut, in which dialect they speak, and what they say. */
export function Page(): ReactNode {
  const say = useWords(words);
  const [text, setText] = useState('');
  const [looked, setLooked] = useState<Looked>();
  const [fault, setFault] = useState<string>();
  const [error, setError] = useState<unknown>();
  const look = async (samples: readonly Uint8Array[]): Promise<void> => {
    setLooked({ samples, candidates: (await engine()).guess(samples), chosen: 0 });
  };
  const tried = async (work: () => Promise<void>): Promise<void> => {
    setFault(undefined);
    setError(undefined);
    setLooked(undefined);
    await work().catch(setError);
  };
  const lookAtText = (given: string): Promise<void> =>
    tried(async () => {
      const read = readHexInput(given);
      if (read.ok) await look((await engine()).samplesOfHex(read.samples));
      else setFault(say('hex.wrong', { line: read.line }));
    });
  const lookAtFile = (file: File): Promise<void> =>
    tried(async () => {
      if (file.size > MOST_BYTES) {
        setFault(say('file.large'));
        return;
      }
      const bytes = await file.arrayBuffer();
      const samples = (await engine()).samplesOfPcap(bytes, file.name);
      if (samples !== undefined) {
        await look(samples);
        return;
      }
      const read = readHexInput(new TextDecoder().decode(bytes));
      if (read.ok) await look((await engine()).samplesOfHex(read.samples));
      else setFault(say('file.none'));
    });
  return (
    <PageFrame title={say('title')}>
      <Text className="note good">{say('stays')}</Text>
      <Input text={text} setText={setText} onText={lookAtText} onFile={lookAtFile} fault={fault} />
      <ProblemNote error={error} />
      {looked !== undefined && (
        <Reading
          {...looked}
          onChoose={(chosen) => {
            setLooked({ ...looked, chosen });
          }}
        />
      )}
    </PageFrame>
  );
}

interface InputProps {
  readonly text: string;
  readonly setText: (text: string) => void;
  readonly onText: (text: string) => Promise<void>;
  readonly onFile: (file: File) => Promise<void>;
  readonly fault: string | undefined;
}

function Input({ text, setText, onText, onFile, fault }: InputProps): ReactNode {
  const say = useWords(words);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    const [file] = event.dataTransfer.files;
    if (file !== undefined) void onFile(file);
  };
  return (
    <form
      className="sheet"
      onDragOver={(event) => {
        event.preventDefault();
      }}
      onDrop={drop}
      onSubmit={(event) => {
        event.preventDefault();
        void onText(text);
      }}
    >
      <Stack>
        <Textarea
          label={say('hex')}
          description={say('hex.help')}
          error={fault}
          dir="ltr"
          autosize
          minRows={3}
          maxRows={12}
          spellCheck={false}
          classNames={{ input: 'hex' }}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
          }}
        />{' '}
        {/* prettier-ignore */}
        <Group align="end">
          <Button type="submit" disabled={text.trim() === ''}>
            {say('go')}
          </Button>
          <Button
            variant="default"
            onClick={() => {
              setText(SAMPLE);
              void onText(SAMPLE);
            }}
          >
            {say('sample')}
          </Button>
          <FileInput label={say('file')} placeholder={say('file.drop')} value={null} onChange={(file) => { if (file !== null) void onFile(file); }} style={{ flex: '1 1 16rem' }} /> {/* prettier-ignore */}
        </Group>
      </Stack>
    </form>
  );
}

interface ReadingProps extends Looked {
  readonly onChoose: (chosen: number) => void;
}

function Reading({ samples, candidates, chosen, onChoose }: ReadingProps): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  const candidate = candidates[chosen];
  if (candidate === undefined) return <Text className="note bad">{say('nothing')}</Text>;
  const percent = (share: number): string => `${numberOf(language, share * 100)}${language === 'fa' ? '٪' : ' %'}`;
  return (
    <>
      <section className="sheet">
        <Text component="h2" fw={600}>
          {say('guess')}
        </Text>
        <Facts
          rows={[
            [say('framing'), <Ltr key="framing">{candidate.framing}</Ltr>],
            [say('dialect'), <Ltr key="dialect">{candidate.dialect}</Ltr>],
            [say('explained'), percent(candidate.explained)],
            [say('evidence'), <Ltr key="evidence">{candidate.evidence.join(' · ')}</Ltr>],
          ]}
        />
        <NativeSelect
          label={say('other')}
          dir="ltr"
          value={String(chosen)}
          data={candidates.slice(0, 12).map(({ framing, dialect, explained }, at) => ({
            value: String(at),
            label: `${dialect} · ${framing} · ${Math.round(explained * 100)} %`,
          }))}
          onChange={(event) => {
            onChoose(Number(event.currentTarget.value));
          }}
        />
      </section>
      <Messages key={`${candidate.dialect} ${candidate.framing} ${language}`} samples={samples} candidate={candidate} />
    </>
  );
}

interface MessagesProps {
  readonly samples: readonly Uint8Array[];
  readonly candidate: Candidate;
}

function Messages({ samples, candidate }: MessagesProps): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  const [decoded, setDecoded] = useState<readonly Decoded[]>();
  const [asked, setAsked] = useState(false);
  if (!asked) {
    setAsked(true);
    void engine().then(({ decode }) => {
      setDecoded(decode(samples, candidate, language));
    });
  }
  if (decoded === undefined) return null;
  return (
    <>
      <Text>{say('messages', { count: decoded.length })}</Text>
      {decoded.map((message, at) => (
        <OneMessage key={at} message={message} />
      ))}
    </>
  );
}

function OneMessage({ message }: { readonly message: Decoded }): ReactNode {
  const say = useWords(words);
  if (!message.ok)
    return (
      <section className="note bad">
        <Text>{say('broken', { offset: message.offset, path: message.path })}</Text>
        <Ltr>{message.reason}</Ltr>
      </section>
    );
  return (
    <section className="sheet">
      <Text component="h2" fw={600}>
        <Ltr hex>{message.mti}</Ltr> {message.title}
      </Text>
      <HexView
        hex={message.hex}
        heads={[say('field'), say('name'), say('value')]}
        fields={message.elements.map((element) => ({
          at: element.at,
          length: element.length,
          cells: [<Ltr key="de">{element.de}</Ltr>, <Ltr key="name">{element.name}</Ltr>, <Value key="value" {...element} />], // prettier-ignore
        }))}
      />
    </section>
  );
}

function Value({ value, meaning, parts }: PlacedElement): ReactNode {
  return (
    <>
      <Ltr hex>{value}</Ltr> {meaning !== '' && <span className="soft">{meaning}</span>}
      {parts.map(({ key, name, value: inner, depth }, at) => (
        <div key={at} style={{ paddingInlineStart: `${depth + 0.5}rem` }}>
          <Ltr>
            {key} {name}
          </Ltr>{' '}
          <Ltr hex>{inner}</Ltr>
        </div>
      ))}
    </>
  );
}
