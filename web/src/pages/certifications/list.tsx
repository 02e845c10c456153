import type { ReactNode } from 'react';
import {
  confirmVerdict,
  proposeVerdict,
  registerReport,
  revokeVerdict,
  type Certification,
} from '../../api/devices.ts';
import { FieldActs, type FieldAct } from '../../components/field-acts.tsx';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Tag } from '../../components/tag.tsx';
import { Ltr, Moment } from '../../components/texts.tsx';
import { isWord, useWords } from '../../words/tongue.ts';
import { signedReportIn } from './report.ts';
import { words } from './words.ts';

/** Which device is certified, with which software, in which profile. */
export function Page(): ReactNode {
  const say = useWords(words);
  const columns: readonly Column<Certification>[] = [
    { id: 'id', head: say('id'), cell: ({ id }) => <Ltr>{id}</Ltr> },
    { id: 'vendor', head: say('vendor'), cell: ({ vendor }) => <bdi>{vendor}</bdi> },
    { id: 'model', head: say('model'), cell: ({ model }) => <Ltr>{model}</Ltr> },
    { id: 'software', head: say('software'), cell: ({ software }) => <Ltr>{software}</Ltr> },
    { id: 'profile', head: say('profile'), cell: ({ profile }) => <Ltr>{profile}</Ltr> },
    { id: 'verdict', head: say('verdict'), cell: ({ verdict }) => <Tag tone={verdict === 'passed' ? 'good' : 'bad'}>{say(verdict === 'passed' ? 'passed' : 'failed')}</Tag> }, // prettier-ignore
    { id: 'standing', head: say('standing'), cell: (one) => say(standingOf(one)) },
    { id: 'by', head: say('by'), cell: ({ reportSha256 }) => say(reportSha256 === null ? 'byPersons' : 'byReport') },
    { id: 'reason', head: say('reason'), cell: ({ reason }) => <bdi>{reason}</bdi> },
    { id: 'proposedBy', head: say('proposedBy'), cell: ({ proposedBy }) => <bdi>{proposedBy}</bdi> },
    { id: 'confirmedBy', head: say('confirmedBy'), cell: ({ confirmedBy }) => <bdi>{confirmedBy ?? '—'}</bdi> },
    { id: 'at', head: say('at'), cell: ({ proposedAt }) => <Moment at={proposedAt} precision="minute" /> },
    { id: 'acts', head: say('acts'), cell: (one) => <Acts one={one} /> },
  ];
  return (
    <ListPage<Certification>
      title={say('title')}
      path="/certifications"
      columns={columns}
      rowKey={({ id }) => id}
      acts={<Make />}
      filters={[
        { kind: 'text', name: 'model', label: say('model') },
        { kind: 'text', name: 'software', label: say('software') },
        { kind: 'text', name: 'profile', label: say('profile') },
      ]}
    />
  );
}

function standingOf({ inForce, revokedAt, confirmedBy, reportSha256 }: Certification) {
  if (revokedAt !== null) return 'revoked';
  if (inForce) return 'inForce';
  return confirmedBy === null && reportSha256 === null ? 'proposed' : 'replaced';
}

function Make(): ReactNode {
  const say = useWords(words);
  const acts: readonly FieldAct<unknown>[] = [
    {
      id: 'report',
      permission: 'terminals:change',
      title: say('register'),
      explain: say('register.explain'),
      reason: 'none',
      seen: { body: undefined, etag: undefined },
      ask: [{ kind: 'file', name: 'report', label: say('report'), accept: '.json,application/json' }],
      lines: (_, { report }) => {
        const subject = signedReportIn(report)?.report;
        if (subject === undefined) return [];
        const named = isWord(words, subject.verdict) ? say(subject.verdict) : subject.verdict;
        return [
          { what: `${subject.subject.vendor} ${subject.subject.model} ${subject.subject.software} (${subject.subject.profile})`, before: '—', after: named }, // prettier-ignore
        ];
      },
      fault: ({ report }) =>
        report === undefined || signedReportIn(report) !== undefined ? undefined : say('notReport'),
      send: ({ report }, { key }) => registerReport(signedReportIn(report) ?? {}, { key }),
    },
    {
      id: 'verdict',
      permission: 'terminals:change',
      title: say('propose'),
      explain: say('propose.explain'),
      ask: [
        { kind: 'text', name: 'vendor', label: say('vendor'), max: 100 },
        { kind: 'text', name: 'model', label: say('model'), max: 60, ltr: true },
        { kind: 'text', name: 'software', label: say('software'), max: 40, ltr: true },
        { kind: 'text', name: 'profile', label: say('profile'), max: 40, ltr: true },
        { kind: 'choice', name: 'verdict', label: say('verdict'), options: [['passed', say('passed')], ['failed', say('failed')]] }, // prettier-ignore
      ],
      send: (values, { reason, key }) => proposeVerdict({ ...values, reason }, { key }),
    },
  ];
  return <FieldActs acts={acts} />;
}

function Acts({ one }: { readonly one: Certification }): ReactNode {
  const say = useWords(words);
  const { id } = one;
  const standing = standingOf(one);
  const base = { seen: { body: one, etag: undefined }, ask: [] };
  const become = (after: 'inForce' | 'revoked') => () => [{ what: say('standing'), before: say(standing), after: say(after) }]; // prettier-ignore
  const acts: readonly (FieldAct<Certification> | false)[] = [
    standing === 'proposed' && { ...base, id: 'confirm', permission: 'updates:approve', title: say('confirm'), explain: say('confirm.explain'), lines: become('inForce'), send: (_, { reason, key }) => confirmVerdict(id, reason, { key }) }, // prettier-ignore
    standing !== 'revoked' && { ...base, id: 'revoke', permission: 'terminals:change', title: say('revoke'), explain: say('revoke.explain'), danger: true, lines: become('revoked'), send: (_, { reason, key }) => revokeVerdict(id, reason, { key }) }, // prettier-ignore
  ];
  return <FieldActs acts={acts} small />;
}
