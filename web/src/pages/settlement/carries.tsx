import { Checkbox } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { decideUnblock, unblockShop, type Carry } from '../../api/settlement.ts';
import { ActsBar, type NamedAct } from '../../components/acts-bar.tsx';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Day, Ltr, Masked, Money } from '../../components/texts.tsx';
import { Told } from '../../components/told.tsx';
import { useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

/** What came back because its Sheba was at fault, until two persons let it go. */
export function Page(): ReactNode {
  const say = useWords(words);
  const columns: readonly Column<Carry>[] = [
    { id: 'merchant', head: say('merchant'), cell: ({ merchant }) => <Ltr>{merchant}</Ltr> },
    { id: 'day', head: say('day'), cell: ({ businessDay }) => <Day iso={businessDay} /> },
    { id: 'amount', head: say('amount'), number: true, cell: ({ rials }) => <Money rials={rials} /> },
    { id: 'reason', head: say('why'), cell: ({ reason }) => <Told text={reason} /> },
    { id: 'refused', head: say('refusedSheba'), cell: ({ refusedSheba }) => <Masked>{refusedSheba}</Masked> },
    { id: 'now', head: say('nowSheba'), cell: ({ sheba }) => <Masked>{sheba}</Masked> },
    { id: 'proposed', head: say('proposedBy'), cell: ({ proposedBy }) => <bdi>{proposedBy ?? '—'}</bdi> },
    { id: 'acts', head: say('what'), cell: (carry) => <Acts carry={carry} /> },
  ];
  return (
    <ListPage<Carry>
      title={say('carries.title')}
      path="/blocked-carries"
      columns={columns}
      rowKey={({ merchant, carry }) => `${merchant} ${carry}`}
      exports
    />
  );
}

function Acts({ carry }: { readonly carry: Carry }): ReactNode {
  const say = useWords(words);
  const [sameSheba, setSame] = useState(false);
  const { merchant, proposedBy } = carry;
  const lines = (): { what: string; before: string; after: string }[] => [
    { what: `${say('merchant')} ${merchant}`, before: carry.refusedSheba, after: carry.sheba },
  ];
  const seen = { body: carry, etag: undefined };
  const decide = (verdict: 'approve' | 'reject'): NamedAct<unknown> => ({
    id: verdict,
    permission: 'money:approve',
    title: say(verdict === 'approve' ? 'approveUnblock' : 'rejectUnblock'),
    seen,
    lines,
    danger: verdict === 'approve',
    send: ({ reason, key }) => decideUnblock(merchant, { verdict, reason }, { key }),
  });
  const acts: readonly (NamedAct<unknown> | false)[] =
    proposedBy === null
      ? [
          {
            id: 'unblock',
            permission: 'money:make',
            title: say('unblock'),
            explain: say('unblock.explain'),
            seen,
            lines,
            fields: <Checkbox label={say('sameSheba')} checked={sameSheba} onChange={(event) => { setSame(event.currentTarget.checked); }} />, // prettier-ignore
            send: ({ reason, key }) => unblockShop(merchant, { reason, sameSheba }, { key }),
          },
        ]
      : [decide('approve'), decide('reject')];
  return (
    <ActsBar
      acts={acts}
      small
      onOpen={() => {
        setSame(false);
      }}
    />
  );
}
