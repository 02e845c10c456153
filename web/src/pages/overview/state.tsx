import { SimpleGrid, Text } from '@mantine/core';
import { memo, type ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import type { Now } from '../../api/overview.ts';
import { Facts } from '../../components/facts.tsx';
import { Go } from '../../components/go.tsx';
import { Tag } from '../../components/tag.tsx';
import { Count, Day, Ltr, Moment } from '../../components/texts.tsx';
import { dayOf } from '../../format/moment.ts';
import { isWord, useWords } from '../../words/tongue.ts';
import { pathOfTarget } from '../targets.ts';
import { words } from './words.ts';

/** How everything stands: alarms first. */
export function State({ now }: { readonly now: Now }): ReactNode {
  return (
    <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }}>
      <AlarmPanel of={now.alarms} />
      <ClosePanel of={now.close} />
      <DoubtPanel of={now.doubts} />
      <LinkPanel of={now.links} />
      <QueuePanel of={now.queues} />
      <CertificatePanel of={now.certificates} />
      <Copies copies={now.copies} />
    </SimpleGrid>
  );
}

interface Of<Part extends keyof Now> {
  readonly of: Now[Part];
}

const AlarmPanel = memo(function AlarmPanel({ of }: Of<'alarms'>): ReactNode {
  const say = useWords(words);
  return (
    <Panel name={say('alarms')} query={of.query}>
      <Alarms items={of.items} />
    </Panel>
  );
});

const ClosePanel = memo(function ClosePanel({ of }: Of<'close'>): ReactNode {
  const say = useWords(words);
  return (
    <Panel name={say('close')} query={of.query}>
      <Close {...of} />
    </Panel>
  );
});

const DoubtPanel = memo(function DoubtPanel({ of }: Of<'doubts'>): ReactNode {
  const say = useWords(words);
  return (
    <Panel name={say('doubts')} query={of.query}>
      <Doubts items={of.items} />
    </Panel>
  );
});

const LinkPanel = memo(function LinkPanel({ of }: Of<'links'>): ReactNode {
  const say = useWords(words);
  return (
    <Panel name={say('links')} query={of.query}>
      <Facts
        rows={[
          [say('links.bank'), <Count key="ready" of={of.ready} />],
          [say('links.copies'), <Count key="copies" of={of.copies} />],
          [say('links.terminals'), <Count key="terminals" of={of.connections} />],
        ]}
      />
    </Panel>
  );
});

const QueuePanel = memo(function QueuePanel({ of }: Of<'queues'>): ReactNode {
  const say = useWords(words);
  const job = (state: string): string => {
    const key = `job.${state}`;
    return isWord(words, key) ? say(key) : state;
  };
  return (
    <Panel name={say('queues')} query={of.query}>
      <Facts
        rows={[
          [say('queue.advices'), <Count key="advices" of={of.advices.waiting} />],
          ...Object.entries(of.jobs ?? {}).map(([state, count]) => [job(state), <Count key="count" of={count} />, state] as const), // prettier-ignore
        ]}
      />
    </Panel>
  );
});

const CertificatePanel = memo(function CertificatePanel({ of }: Of<'certificates'>): ReactNode {
  const say = useWords(words);
  return (
    <Panel name={say('certificates')} query={of.query}>
      <Ends {...of} />
    </Panel>
  );
});

interface PanelProps {
  readonly name: string;
  readonly query?: string;
  readonly children: ReactNode;
}

function Panel({ name, query, children }: PanelProps): ReactNode {
  return (
    <section className="sheet" title={query} data-query={query}>
      <Text component="h2" fw={600} mb="xs">
        {name}
      </Text>
      {children}
    </section>
  );
}

export function Alarms({ items }: { readonly items: Now['alarms']['items'] }): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  if (items.length === 0) return <Text className="note good">{say('alarms.none')}</Text>;
  return items.map(({ alarm, level, count, text, target }) => {
    const path = pathOfTarget(target.type, target.id);
    const told = (
      <>
        {text[language]}: <Count of={count} />
      </>
    );
    return (
      <Text key={alarm} className={`note ${level === 'critical' ? 'bad' : 'wait'}`} mb="xs">
        {path === undefined ? told : <Go to={path}>{told}</Go>}
      </Text>
    );
  });
}

function Doubts({ items }: { readonly items: Now['doubts']['items'] }): ReactNode {
  const say = useWords(words);
  if (items.length === 0) return <Text className="soft">{say('doubts.none')}</Text>;
  return (
    <Facts
      rows={items.map(({ kind, count, since }) => {
        const key = `doubt.${kind}`;
        return [isWord(words, key) ? say(key) : kind, <span key="count"><Count of={count} /> · <Moment at={since} precision="minute" /></span>, kind] as const; // prettier-ignore
      })}
    />
  );
}

export function Close({ openDay, settledDay, clearings }: Now['close']): ReactNode {
  const say = useWords(words);
  const named = (state: string): string => {
    const key = `clearing.${state}`;
    return isWord(words, key) ? say(key) : state;
  };
  const { language } = usePreferences();
  return (
    <Facts
      rows={[
        [say('close.open'), <Day key="open" iso={openDay?.day} />],
        [say('close.settled'), <Day key="settled" iso={settledDay?.day} />],
        ...clearings.map(
          ({ businessDay, state, error }) =>
            [
              say('close.clearing', { day: dayOf(language, businessDay) }),
              <span key="state">
                <Tag tone={error === null ? 'plain' : 'bad'}>{named(state)}</Tag> {error}
              </span>,
              businessDay,
            ] as const,
        ),
      ]}
    />
  );
}

function Ends({ ends, soonest }: Now['certificates']): ReactNode {
  const say = useWords(words);
  const name = (what: string): string => {
    const key = `what.${what}`;
    return isWord(words, key) ? say(key) : what;
  };
  return (
    <>
      {ends.length === 0 && <Text className="note good">{say('certificates.none')}</Text>}
      <Facts
        rows={[
          ...ends.map(({ what, within, count }) => [<Tag key="t" tone={within === 0 ? 'bad' : 'wait'}>{within === 0 ? say('certificates.ended') : say('certificates.within', { count: within })}</Tag>, <span key="c"><Count of={count} /> {name(what)}</span>, what + String(within)] as const), // prettier-ignore
          ...soonest.slice(0, 4).map(({ what, endsAt }, at) => [name(what), <Moment key="ends" at={endsAt} precision="minute" />, `${what} ${at}`] as const), // prettier-ignore
        ]}
      />
    </>
  );
}

const Copies = memo(function Copies({ copies }: Pick<Now, 'copies'>): ReactNode {
  const say = useWords(words);
  return (
    <Panel name={say('copies')}>
      <Facts
        rows={copies.map(({ copy, version, serves, here, startedAt }) => [
          <Ltr key="copy">{copy.slice(0, 8)}</Ltr>,
          <span key="about">
            <Ltr>{version}</Ltr> · <Ltr>{serves.join(' ')}</Ltr> · <Moment at={startedAt} precision="minute" />{' '}
            {!here && <Tag tone="bad">{say('copy.gone')}</Tag>}
          </span>,
          copy,
        ])}
      />
    </Panel>
  );
});
