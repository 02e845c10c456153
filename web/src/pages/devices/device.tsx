import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Read } from '../../api/client.ts';
import { assignDevice, cancelDevice, deviceQuery, moveDevice, readDevice, type Device } from '../../api/devices.ts';
import { Facts } from '../../components/facts.tsx';
import { FieldActs, type FieldAct } from '../../components/field-acts.tsx';
import { Go } from '../../components/go.tsx';
import { PageFrame } from '../../components/page.tsx';
import { useParam } from '../../components/param.ts';
import { ProblemNote } from '../../components/problem-note.tsx';
import { Ltr } from '../../components/texts.tsx';
import { Waiting } from '../../components/waiting.tsx';
import { useWords } from '../../words/tongue.ts';
import { DeviceState, useDeviceWord } from './list.tsx';
import { words } from './words.ts';

/** A device of a shop, from the wish to its first sign-on. */
export function Page(): ReactNode {
  const say = useWords(words);
  const id = useParam('device');
  const { data, error } = useQuery(deviceQuery(id));
  return (
    <PageFrame title={say('one', { id })} acts={data !== undefined && <Acts seen={data} />}>
      <ProblemNote error={error} />
      {data !== undefined && <About {...data.body} />}
    </PageFrame>
  );
}

function About(device: Device): ReactNode {
  const say = useWords(words);
  const word = useDeviceWord();
  const { waiting, terminal, merchant } = device;
  return (
    <>
      {waiting !== undefined && (
        <Waiting on={word('party', waiting.on)} since={waiting.since} until={waiting.until}>
          {waiting.can.map((act) => word('can', act)).join('، ')}
        </Waiting>
      )}
      <div className="sheet">
        <Facts
          rows={[
            [say('state'), <DeviceState key="state" state={device.state} />],
            device.fault === null ? undefined : [say('fault'), word('fault', device.fault)],
            [say('kind'), word('kind', device.kind)],
            [say('model'), <Ltr key="model">{device.model ?? '—'}</Ltr>],
            [say('serial'), <Ltr key="serial">{device.serial ?? '—'}</Ltr>],
            [say('terminal'), terminal === null ? null : <Go key="terminal" to={`/terminals/${terminal}`}><Ltr>{terminal}</Ltr></Go>], // prettier-ignore
            [say('merchant'), <Go key="merchant" to={`/shops/${merchant}`}><Ltr>{merchant}</Ltr></Go>], // prettier-ignore
            [say('case'), <Go key="case" to={`/cases/${device.case}`}><Ltr>{device.case}</Ltr></Go>], // prettier-ignore
            device.endReason === null ? undefined : [say('endReason'), <bdi key="end">{device.endReason}</bdi>],
          ]}
        />
      </div>
    </>
  );
}

/** What is open says the device itself; a serial that was written down wrong is corrected in the same way as it was given. */
function Acts({ seen }: { readonly seen: Read<Device> }): ReactNode {
  const say = useWords(words);
  const word = useDeviceWord();
  const { id, state, waiting, serial, model } = seen.body;
  const can = (act: string): boolean => waiting?.can.includes(act) === true;
  const base = { permission: 'terminals:change' as const, seen, readAgain: () => readDevice(id) };
  const move = (act: 'ship' | 'deliver', after: string): FieldAct<Device> | false =>
    can(act) && {
      ...base,
      id: act,
      title: say(act),
      reason: 'none',
      ask: [],
      lines: (now) => [{ what: say('state'), before: word('state', now.state), after: word('state', after) }],
      send: (_, { etag, key }) => moveDevice(id, act, { etag, key }),
    };
  const acts: readonly (FieldAct<Device> | false)[] = [
    (can('assign') || state === 'assigned') && {
      ...base,
      id: 'assign',
      title: say(serial === null ? 'assign' : 'correct'),
      reason: 'none',
      ask: [
        { kind: 'text', name: 'serial', label: say('serial'), max: 60, ltr: true },
        { kind: 'text', name: 'model', label: say('model'), max: 60, ltr: true, optional: true },
      ],
      start: { ...(serial === null ? {} : { serial }), ...(model === null ? {} : { model }) },
      lines: (now, values) => [
        { what: say('serial'), before: now.serial ?? '—', after: values['serial'] ?? '—' },
        { what: say('model'), before: now.model ?? '—', after: values['model'] ?? now.model ?? '—' },
      ],
      send: (values, { etag, key }) => assignDevice(id, values, { etag, key }),
    },
    move('ship', 'shipped'),
    move('deliver', 'to_bind'),
    can('cancel') && {
      ...base,
      id: 'cancel',
      title: say('cancel'),
      explain: say('cancel.explain'),
      danger: true,
      ask: [],
      lines: (now) => [{ what: say('state'), before: word('state', now.state), after: word('state', 'cancelled') }],
      send: (_, { reason, etag, key }) => cancelDevice(id, reason, { etag, key }),
    },
  ];
  return <FieldActs acts={acts} />;
}
