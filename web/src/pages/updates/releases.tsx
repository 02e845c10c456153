import type { ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import { actOnRelease, proposeMinimum, proposeRollout, type Release } from '../../api/updates.ts';
import { ActsBar, type NamedAct } from '../../components/acts-bar.tsx';
import { FieldActs, type FieldAct } from '../../components/field-acts.tsx';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Ltr } from '../../components/texts.tsx';
import { dayFromToday } from '../../format/moment.ts';
import { useWords } from '../../words/tongue.ts';
import { UpdateState, useUpdateWord } from './word.tsx';
import { words } from './words.ts';

/** As src/updates/minimums has it: terminals are told so long before. */
const NOTICE_DAYS = 30;

export function Page(): ReactNode {
  const say = useWords(words);
  const word = useUpdateWord();
  const { language } = usePreferences();
  const certified = (is: boolean | null): string => (is === null ? '—' : say(is ? 'yes' : 'no'));
  const columns: readonly Column<Release>[] = [
    { id: 'id', head: say('id'), cell: ({ id }) => <Ltr>{id}</Ltr> },
    { id: 'path', head: say('path'), cell: ({ path }) => <Ltr>{path}</Ltr> },
    { id: 'component', head: say('component'), cell: ({ component }) => word('component', component) },
    { id: 'text', head: say('text'), cell: ({ textFa, textEn }) => <bdi>{language === 'fa' ? textFa : textEn}</bdi> },
    { id: 'counter', head: say('counter'), cell: ({ counter }) => <Ltr>{counter}</Ltr> },
    { id: 'psp', head: say('psp'), cell: ({ psp }) => psp ?? '—' },
    { id: 'state', head: say('state'), cell: ({ state }) => <UpdateState state={state} /> },
    { id: 'certified', head: say('certified'), cell: (release) => certified(release.certified) },
    { id: 'staged', head: say('stagedBy'), cell: ({ stagedBy }) => <bdi>{stagedBy}</bdi> },
    { id: 'approved', head: say('approvedBy'), cell: ({ approvedBy }) => <bdi>{approvedBy ?? '—'}</bdi> },
    { id: 'acts', head: say('what'), cell: (release) => <Acts release={release} /> },
  ];
  return (
    <ListPage<Release>
      title={say('releases.title')}
      path="/updates/releases"
      columns={columns}
      rowKey={({ id }) => id}
    />
  );
}

function Acts({ release }: { readonly release: Release }): ReactNode {
  const say = useWords(words);
  const word = useUpdateWord();
  const { id, state } = release;
  const become = (after: string) => () => [{ what: say('state'), before: word('state', state), after: word('state', after) }]; // prettier-ignore
  const seen = { body: release, etag: undefined };
  const acts: readonly (NamedAct<Release> | false)[] = [
    state === 'staged' && { id: 'approve', permission: 'updates:approve', title: say('approve'), seen, lines: become('approved'), send: ({ reason, key }) => actOnRelease(id, 'approval', reason, { key }) }, // prettier-ignore
    state !== 'withdrawn' && { id: 'withdraw', permission: 'updates:make', title: say('withdraw'), seen, lines: become('withdrawn'), danger: true, send: ({ reason, key }) => actOnRelease(id, 'withdrawal', reason, { key }) }, // prettier-ignore
  ];
  const published: readonly (FieldAct<Release> | false)[] = state !== 'published' ? [] : [
    { id: 'rollout', permission: 'updates:make', title: say('proposeRollout'), explain: say('proposeRollout.explain'), ask: [{ kind: 'area', name: 'own', label: say('own') }], send: ({ own = '' }, { reason, key }) => proposeRollout(id, own.split(/[\s,،]+/), reason, { key }) },
    { id: 'minimum', permission: 'updates:make', title: say('proposeMinimum'), explain: say('proposeMinimum.explain'), ask: [{ kind: 'day', name: 'from', label: say('refuseFrom'), from: dayFromToday(NOTICE_DAYS + 1), until: dayFromToday(400) }], send: ({ from = '' }, { reason, key }) => proposeMinimum(id, from, reason, { key }) },
  ]; // prettier-ignore
  return (
    <>
      <ActsBar acts={acts} small />
      <FieldActs acts={published} small />
    </>
  );
}
