import { NativeSelect } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { importCertificates } from '../../api/devices.ts';
import { revokeCertificate, type Certificate } from '../../api/updates.ts';
import { ActsBar, type NamedAct } from '../../components/acts-bar.tsx';
import { FieldActs, type FieldAct } from '../../components/field-acts.tsx';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Ltr, Moment } from '../../components/texts.tsx';
import { useWords } from '../../words/tongue.ts';
import { useUpdateWord } from './word.tsx';
import { words } from './words.ts';

export function Page(): ReactNode {
  const say = useWords(words);
  const word = useUpdateWord();
  const columns: readonly Column<Certificate>[] = [
    { id: 'terminal', head: say('terminal'), cell: ({ terminal }) => <Ltr>{terminal}</Ltr> },
    { id: 'serial', head: say('serial'), cell: ({ serial }) => <Ltr hex>{serial}</Ltr> },
    { id: 'issuer', head: say('issuer'), cell: ({ issuer }) => <Ltr>{issuer}</Ltr> },
    { id: 'source', head: say('source'), cell: ({ source }) => word('source', source) },
    { id: 'ends', head: say('notAfter'), cell: ({ notAfter }) => <Moment at={notAfter} precision="minute" /> },
    { id: 'revoked', head: say('revokedAt'), cell: ({ revokedAt, reason }) => <span className="whole"><Moment at={revokedAt} precision="minute" /> {reason !== null && word('why', reason)}</span> }, // prettier-ignore
    { id: 'acts', head: say('what'), cell: (certificate) => <Revoke certificate={certificate} /> },
  ];
  return (
    <ListPage<Certificate>
      title={say('certificates.title')}
      path="/certificates"
      exports
      columns={columns}
      rowKey={({ sha256 }) => sha256}
      rowTo={({ terminal }) => `/terminals/${terminal}`}
      acts={<Import />}
      filters={[
        { kind: 'text', name: 'terminal', label: say('terminal') },
        { kind: 'text', name: 'endsWithinDays', label: say('endsWithin') },
        { kind: 'choice', name: 'revoked', label: say('onlyRevoked'), options: [['true', say('yes')], ['false', say('no')]] }, // prettier-ignore
      ]}
    />
  );
}

/** Certificates of another authority that is trusted here. */
function Import(): ReactNode {
  const say = useWords(words);
  const act: FieldAct<unknown> = {
    id: 'import',
    permission: 'terminals:change',
    title: say('import'),
    explain: say('import.explain'),
    reason: 'none',
    ask: [{ kind: 'file', name: 'pem', label: say('pem'), accept: '.pem,.crt,.cer' }],
    send: ({ pem = '' }, { key }) => importCertificates(pem, key),
  };
  return <FieldActs acts={[act]} />;
}

const REASONS = ['keyCompromise', 'superseded', 'cessationOfOperation', 'privilegeWithdrawn', 'unspecified'] as const;

function Revoke({ certificate }: { readonly certificate: Certificate }): ReactNode {
  const say = useWords(words);
  const word = useUpdateWord();
  const [why, setWhy] = useState<string>('keyCompromise');
  const act: NamedAct<Certificate> | false = certificate.revokedAt === null && {
    id: 'revoke',
    permission: 'terminals:change',
    title: say('revoke'),
    explain: say('revoke.explain'),
    seen: { body: certificate, etag: undefined },
    lines: () => [{ what: `${say('terminal')} ${certificate.terminal}`, before: '—', after: word('why', why) }],
    fields: <NativeSelect label={say('revokeWhy')} value={why} data={REASONS.map((value) => ({ value, label: say(`why.${value}`) }))} onChange={(event) => { setWhy(event.currentTarget.value); }} />, // prettier-ignore
    danger: true,
    send: ({ reason, key }) => revokeCertificate(certificate.sha256, why, reason, { key }),
  };
  return <ActsBar acts={[act]} small />;
}
