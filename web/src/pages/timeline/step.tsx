import { Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import { isFrame, type Frame, type Step } from '../../api/timeline.ts';
import { HexView } from '../../components/hex-view.tsx';
import { Tag, type Tone } from '../../components/tag.tsx';
import { Length, Ltr, Moment } from '../../components/texts.tsx';
import { lengthOf } from '../../format/moment.ts';
import { isWord, useWords } from '../../words/tongue.ts';
import { FactList } from './fact-list.tsx';
import { Stands } from './stands.tsx';
import { words } from './words.ts';

const TONES: Readonly<Record<string, Tone>> = { done: 'good', refused: 'bad', failed: 'bad', open: 'wait' };

/** One step: when, how long, by whom, with what outcome; behind it the facts, and the bytes where they were recorded. */
export function StepItem({ step }: { readonly step: Step }): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  const { at, durationMs, actor, outcome, title, facts, waiting } = step;
  const frames = framesOf(facts);
  const unrecorded = facts.captured === false;
  const plain = Object.fromEntries(
    Object.entries(facts).filter(
      ([name, value]) => !holdsFrames(value) && !(unrecorded && (name === 'captured' || name === 'why')),
    ),
  );
  const who = `actor.${actor.name}`;
  return (
    <li className={TONES[outcome] ?? 'plain'}>
      <Group gap="sm" align="baseline">
        <Text className="soft figures" size="sm" w={110}>
          {at === null ? '—' : <Moment at={at} time precision="thousandth" />}
        </Text>
        <Text fw={600}>{title[language]}</Text>
        {outcome !== 'none' && <Tag tone={TONES[outcome] ?? 'plain'}>{say(`outcome.${outcome as 'done'}`)}</Tag>}
        {durationMs !== undefined && (
          <Text size="sm" className="soft">
            {say('took', { length: lengthOf(language, durationMs) })}
          </Text>
        )}
        <Text size="sm" className="soft">
          {isWord(words, who) ? say(who) : <Ltr>{actor.name}</Ltr>}
        </Text>
      </Group>
      {waiting !== undefined && <Stands {...waiting} />}
      {(Object.keys(plain).length > 0 || frames.length > 0) && (
        <details open={outcome === 'refused' || outcome === 'failed'}>
          <summary>{say('details')}</summary>
          <FactList facts={plain} />
          {unrecorded && <Text className="soft">{say('notCaptured')}</Text>}
          {frames.map((frame, number) => (
            <FrameView key={number} frame={frame} first={frames[0]} />
          ))}
        </details>
      )}
    </li>
  );
}

function holdsFrames(value: unknown): boolean {
  return isFrame(value) || (Array.isArray(value) && value.length > 0 && value.every(isFrame));
}

function framesOf(facts: Step['facts']): readonly Frame[] {
  return Object.values(facts).flatMap((value): readonly Frame[] =>
    isFrame(value) ? [value] : Array.isArray(value) ? value.filter(isFrame) : [],
  );
}

/** @param first of its step: the others are told by how long after it they came */
function FrameView({ frame, first }: { readonly frame: Frame; readonly first: Frame | undefined }): ReactNode {
  const say = useWords(words);
  const { mti, dialect, from, at, hex, fields } = frame;
  const after = first === undefined || first === frame ? undefined : Date.parse(at) - Date.parse(first.at);
  return (
    <section className="frame">
      <Text fw={600}>
        {say('frame')} <Ltr hex>{mti ?? '?'}</Ltr> · {say('frame.from', { from })} · <Ltr>{dialect}</Ltr> ·{' '}
        {after === undefined ? (
          <Moment at={at} time precision="thousandth" />
        ) : (
          <>
            +<Length ms={after} />
          </>
        )}{' '}
        {/* prettier-ignore */}
      </Text>
      <Text size="sm" className="soft">
        {say('frame.hint')}
      </Text>
      <HexView
        hex={hex}
        heads={[say('frame.field'), say('frame.name'), say('frame.value')]}
        fields={fields.map(({ de, name, value, at: start, length }) => ({
          at: start,
          length,
          cells: [<Ltr key="de">{de}</Ltr>, <Ltr key="name">{name}</Ltr>, <Ltr key="value" hex>{value}</Ltr>], // prettier-ignore
        }))}
      />
    </section>
  );
}
