import { Text, VisuallyHidden } from '@mantine/core';
import { useRef, type KeyboardEvent, type ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import type { CapturedFrame } from '../../api/engines.ts';
import { HexView } from '../../components/hex-view.tsx';
import { Count, Ltr, Moment } from '../../components/texts.tsx';
import { lengthOf, timeOf } from '../../format/moment.ts';
import { useWords } from '../../words/tongue.ts';
import { Arrow, LANES, Lifelines } from './arrow.tsx';
import { words } from './words.ts';

interface SequenceProps {
  readonly frames: readonly CapturedFrame[];
  /** Place of the frame that is open; NaN: none. */
  readonly opened: number;
  /** @param frame undefined: it is closed */
  readonly onOpen: (frame: number | undefined) => void;
}

/** Who said what to whom, from above to below: a row a frame, each a button of its own. Arrow keys go from frame to frame, Enter opens
 *  one. Lanes run from the terminal to the bank in the direction of the language. */
export function Sequence({ frames, opened, onOpen }: SequenceProps): ReactNode {
  const say = useWords(words);
  const list = useRef<HTMLOListElement>(null);
  const onKey = (event: KeyboardEvent, at: number): void => {
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: frames.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    list.current?.querySelectorAll<HTMLButtonElement>('button.exchange')[to]?.focus();
  };
  return (
    <div className="sheet sequence">
      <div className="lanes" aria-hidden>
        <span />
        <div>
          {LANES.map((lane) => (
            <strong key={lane}>{say(`lane.${lane}`)}</strong>
          ))}
        </div>
      </div>
      <ol ref={list} aria-label={say('frames')}>
        {frames.map((frame, at) => (
          <li key={at}>
            <Row
              frame={frame}
              first={frames[0]}
              open={at === opened}
              onKey={(event) => {
                onKey(event, at);
              }}
              onClick={() => {
                onOpen(at === opened ? undefined : at);
              }}
            />
            {at === opened && <Opened frame={frame} />}
          </li>
        ))}
      </ol>
    </div>
  );
}

interface RowProps {
  readonly frame: CapturedFrame;
  readonly first: CapturedFrame | undefined;
  readonly open: boolean;
  readonly onKey: (event: KeyboardEvent) => void;
  readonly onClick: () => void;
}

function Row({ frame, first, open, onKey, onClick }: RowProps): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  const { mti, at, from, to, tookMs, note } = frame;
  const message = note === 'keep-alive' ? say('note.keep-alive') : (mti ?? say('note.undecodable'));
  const told = [
    timeOf(language, at, 'thousandth'),
    say('arrow', { from: say(`lane.${from as 'bank'}`), to: say(`lane.${to as 'bank'}`) }),
    message,
    tookMs === null ? undefined : say('after', { length: lengthOf(language, tookMs) }),
    note === 'unanswered' || note === 'unasked' ? say(`note.${note}`) : undefined,
  ];
  const since = first === undefined ? 0 : Date.parse(at) - Date.parse(first.at);
  return (
    <button
      type="button"
      className="exchange"
      aria-expanded={open}
      onKeyDown={onKey}
      onClick={onClick}
    >
      <VisuallyHidden>{told.filter((each) => each !== undefined).join(language === 'fa' ? '، ' : ', ')}</VisuallyHidden>
      <span className="since figures" aria-hidden>
        {frame === first ? <Moment at={at} time /> : <Since ms={since} />}
      </span>
      <span className="wire">
        <Lifelines />
        <Arrow from={from} to={to} rtl={language === 'fa'} tone={note === null || note === 'keep-alive' ? 'plain' : 'bad'}>
          {message}
        </Arrow>
        {(tookMs !== null || note === 'unanswered' || note === 'unasked') && (
          <span aria-hidden className={`aside ${from === 'bank' || to === 'bank' ? 'start' : 'end'} ${note === null ? '' : 'bad'}`}>
            {tookMs !== null && lengthOf(language, tookMs)} {note !== null && note !== 'keep-alive' && say(`note.${note as 'unasked'}`)}
          </span>
        )}
      </span>
    </button>
  ); // prettier-ignore
}

/** After the first frame of the page, to the thousandth of a second. */
function Since({ ms }: { readonly ms: number }): ReactNode {
  const say = useWords(words);
  return (
    <>
      +<Count of={ms < 1_000 ? ms : ms / 1_000} places={ms < 1_000 ? 0 : 3} /> {say(ms < 1_000 ? 'unit.ms' : 'unit.s')}
    </>
  );
}

function Opened({ frame }: { readonly frame: CapturedFrame }): ReactNode {
  const say = useWords(words);
  const { mti, at, connection, dialect, hex, fields, from, to } = frame;
  return (
    <section className="frame" aria-label={`${say('frame')} ${mti ?? ''}`}>
      <Text fw={600}>
        {say('frame')} <Ltr hex>{mti ?? '?'}</Ltr> · {say('arrow', { from: say(`lane.${from as 'bank'}`), to: say(`lane.${to as 'bank'}`) })} ·{' '}
        <Moment at={at} precision="thousandth" /> · <Ltr>{connection}</Ltr> · <Ltr>{dialect}</Ltr>
      </Text>
      {hex === '' ? (
        <Text>{say('note.keep-alive')}</Text>
      ) : (
        <HexView
          hex={hex}
          heads={[say('field'), say('name'), say('value')]}
          fields={fields.map(({ de, name, value, at: start, length }) => ({
            at: start,
            length,
            cells: [<Ltr key="de">{de}</Ltr>, <Ltr key="name">{name}</Ltr>, <Ltr key="value" hex>{value}</Ltr>],
          }))}
        />
      )}
    </section>
  ); // prettier-ignore
}
