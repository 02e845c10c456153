import { Button, List, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useMay } from '../../app/session.tsx';
import type { Read } from '../../api/client.ts';
import { certifyTerminal, makePkcs12 } from '../../api/devices.ts';
import { changeTerminal, moveTerminal, readTerminal, revokeTerminal, stopTerminal, terminalQuery, type StopAct, type WholeTerminal } from '../../api/terminals.ts'; // prettier-ignore
import { ActDialog, type Act } from '../../components/act-dialog.tsx';
import { FieldActs, type Field, type FieldAct, type Values } from '../../components/field-acts.tsx';
import { Facts } from '../../components/facts.tsx';
import { PageFrame } from '../../components/page.tsx';
import { useParam } from '../../components/param.ts';
import { ProblemNote } from '../../components/problem-note.tsx';
import { saveFile } from '../../components/save-file.ts';
import { Day, Length, Ltr, Moment } from '../../components/texts.tsx';
import { useWords } from '../../words/tongue.ts';
import { StateTag, useStateName } from './state-tag.tsx';
import { words } from './words.ts';

export function Page(): ReactNode {
  const say = useWords(words);
  const terminal = useParam('terminal');
  const { data, error } = useQuery(terminalQuery(terminal));
  const [passphrase, setPassphrase] = useState<string>();
  return (
    <PageFrame
      title={say('one', { terminal })}
      acts={data !== undefined && <Acts seen={data} onPassphrase={setPassphrase} />}
    >
      <ProblemNote error={error} />
      {passphrase !== undefined && (
        <div className="note wait" role="status">
          <Text>{say('passphrase')}</Text>
          <Text fw={700}>
            <Ltr>{passphrase}</Ltr>
          </Text>
        </div>
      )}
      {data !== undefined && <About {...data.body} />}
    </PageFrame>
  );
}

function About(terminal: WholeTerminal): ReactNode {
  const say = useWords(words);
  const { moves, nextMove, driftMs } = terminal;
  return (
    <>
      <div className="sheet">
        <Facts
          rows={[
            [say('state'), <StateTag key="state" state={terminal.state} />],
            [say('merchant'), <Ltr key="merchant">{terminal.merchant}</Ltr>],
            [say('place'), terminal.place],
            [say('model'), <Ltr key="model">{terminal.model ?? '—'}</Ltr>],
            [say('serial'), <Ltr key="serial">{terminal.serial ?? '—'}</Ltr>],
            [say('psp'), terminal.psp],
            [say('profile'), <Ltr key="profile">{terminal.profile}</Ltr>],
            [say('keyScheme'), <Ltr key="scheme">{terminal.keyScheme ?? '—'}</Ltr>],
            [say('software'), <Ltr key="software">{terminal.software ?? '—'}</Ltr>],
            [say('registered'), <Moment key="registered" at={terminal.registeredAt} />],
            [say('lastContact'), <Moment key="contact" at={terminal.lastContactAt} />],
            [say('drift'), driftMs === null ? null : <Length key="drift" ms={driftMs} />],
            [say('masterKey'), <Moment key="master" at={terminal.masterKeyAt} />],
            [say('sessionKeys'), <Moment key="session" at={terminal.sessionKeysAt} />],
            [say('certificateEnds'), <Moment key="ends" at={terminal.certificateEnds} />],
            nextMove === null
              ? undefined
              : [say('nextMove'), <span key="move"><Ltr>{nextMove.merchant}</Ltr> · <Day iso={nextMove.onDay} /></span>], // prettier-ignore
          ]}
        />
      </div>
      {moves.length > 0 && (
        <div className="sheet">
          <Text fw={600}>{say('moves')}</Text>
          <List>
            {moves.map(({ to, onDay, reason, by }) => (
              <List.Item key={`${to} ${onDay}`}>
                <Day iso={onDay} /> · <Ltr>{to}</Ltr> · {reason} · {by}
              </List.Item>
            ))}
          </List>
        </div>
      )}
    </>
  );
}

const WHY = ['keyCompromise', 'superseded', 'cessationOfOperation', 'privilegeWithdrawn', 'unspecified'] as const;

/** Which act is open to a terminal, by its state. */
function openTo(state: string): readonly StopAct[] {
  if (state === 'lost' || state === 'retired') return [];
  return [state === 'blocked' ? 'unblock' : 'block', 'lost', 'retire'];
}
const AFTER = { block: 'blocked', unblock: 'active', lost: 'lost', retire: 'retired' } as const;

/** What a device is, as people write it down; null: not known. */
const ABOUT = ['serial', 'model', 'psp', 'profile', 'keyScheme'] as const;

/** As DE 53 says them. */
const SCHEMES = ['01', '02', '03', '04'] as const;

/** What of it is other than before; what was emptied is not known any more. */
function aboutOf(seen: WholeTerminal, values: Values): object {
  const other = ABOUT.filter((name) => (values[name] ?? null) !== seen[name]);
  return Object.fromEntries(other.map((name) => [name, values[name] ?? null]));
}

interface ActsProps {
  readonly seen: Read<WholeTerminal>;
  /** It opens the file that was saved, and is told once. */
  readonly onPassphrase: (passphrase: string) => void;
}

function Acts({ seen, onPassphrase }: ActsProps): ReactNode {
  const say = useWords(words);
  const nameOf = useStateName();
  const may = useMay();
  const [chosen, setChosen] = useState<StopAct | 'place'>();
  const [place, setPlace] = useState('');
  if (!may('terminals:change')) return null;
  const { terminal, state } = seen.body;
  const stop = (act: StopAct): Act<WholeTerminal> => ({
    title: say(act),
    explain: say(`${act}.explain`),
    seen,
    lines: (now) => [{ what: say('state'), before: nameOf(now.state), after: nameOf(AFTER[act]) }],
    danger: act !== 'unblock',
    send: ({ reason, key }) => stopTerminal(terminal, act, reason, key),
  });
  const move: Act<WholeTerminal> = {
    title: say('changePlace'),
    seen,
    readAgain: () => readTerminal(terminal),
    lines: (now) => [{ what: say('place'), before: now.place ?? '—', after: place.trim() === '' ? '—' : place.trim() }],
    fields: <TextInput label={say('place')} maxLength={200} value={place} onChange={(event) => { setPlace(event.currentTarget.value); }} />, // prettier-ignore
    send: ({ reason, etag, key }) => changeTerminal(terminal, { place: place.trim() === '' ? null : place.trim(), reason }, { etag, key }), // prettier-ignore
  };
  const act = chosen === undefined ? undefined : chosen === 'place' ? move : stop(chosen);
  const openActs = openTo(state);
  const more: readonly (FieldAct<WholeTerminal> | false)[] = [
    openActs.length > 0 && {
      id: 'move',
      permission: 'terminals:change',
      title: say('move'),
      explain: say('move.explain'),
      seen,
      readAgain: () => readTerminal(terminal),
      ask: [
        { kind: 'text', name: 'merchant', label: say('merchant'), max: 15, ltr: true },
        { kind: 'day', name: 'onDay', label: say('onDay'), optional: true },
      ],
      lines: (now, { merchant }) => [{ what: say('merchant'), before: now.merchant, after: merchant ?? '—' }],
      send: (values, { reason, etag, key }) => moveTerminal(terminal, { ...values, reason }, { etag, key }),
    },
    {
      id: 'revoke',
      permission: 'terminals:change',
      title: say('revoke'),
      explain: say('revoke.explain'),
      danger: true,
      ask: [{ kind: 'choice', name: 'why', label: say('why'), options: WHY.map((why) => [why, say(`why.${why}`)]) }],
      send: ({ why = '' }, { reason, key }) => revokeTerminal(terminal, why, reason, key),
    },
    openActs.length > 0 && {
      id: 'about',
      permission: 'terminals:change',
      title: say('about'),
      explain: say('about.explain'),
      seen,
      readAgain: () => readTerminal(terminal),
      ask: ABOUT.map((name): Field =>
        name === 'keyScheme'
          ? { kind: 'choice', name, label: say(name), optional: true, options: SCHEMES.map((each) => [each, each]) }
          : { kind: 'text', name, label: say(name), max: 60, ltr: true, ...(name === 'profile' ? {} : { optional: true }) },
      ), // prettier-ignore
      start: Object.fromEntries(ABOUT.flatMap((name) => (seen.body[name] === null ? [] : [[name, seen.body[name]]]))), // prettier-ignore
      lines: (now, values) => ABOUT.map((name) => ({ what: say(name), before: now[name] ?? '—', after: values[name] ?? '—' })), // prettier-ignore
      send: (values, { reason, etag, key }) => changeTerminal(terminal, { ...aboutOf(seen.body, values), reason }, { etag, key }), // prettier-ignore
    },
    openActs.length > 0 && {
      id: 'certify',
      permission: 'terminals:change',
      title: say('certify'),
      explain: say('certify.explain'),
      reason: 'none',
      ask: [{ kind: 'file', name: 'csr', label: say('csr'), accept: '.csr,.pem,.req' }],
      send: async ({ csr = '' }, { key }) => {
        const { pem } = await certifyTerminal(terminal, csr, key);
        saveFile(`${terminal}.pem`, pem, 'application/x-pem-file');
      },
    },
    openActs.length > 0 && {
      id: 'pkcs12',
      permission: 'terminals:change',
      title: say('pkcs12'),
      explain: say('pkcs12.explain'),
      reason: 'none',
      danger: true,
      ask: [],
      send: async (_, { key }) => {
        const { pkcs12, passphrase } = await makePkcs12(terminal, key);
        if (pkcs12 === undefined || passphrase === undefined) return;
        saveFile(`${terminal}.p12`, Uint8Array.from(atob(pkcs12), (each) => each.charCodeAt(0)), 'application/x-pkcs12'); // prettier-ignore
        onPassphrase(passphrase);
      },
    },
  ];
  return (
    <>
      {
        openActs.length > 0 &&
        <Button variant="default" onClick={() => { setPlace(seen.body.place ?? ''); setChosen('place'); }}>{say('changePlace')}</Button> // prettier-ignore
      }
      {openActs.map(
        (each) =>
        <Button key={each} variant="default" onClick={() => { setChosen(each); }}>{say(each)}</Button>, // prettier-ignore
      )}
      <FieldActs acts={more} />
      <ActDialog
        act={act}
        onClose={() => {
          setChosen(undefined);
        }}
      />{' '}
      {/* prettier-ignore */}
    </>
  );
}
