import { Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useMay } from '../../app/session.tsx';
import {
  addNoticePaper,
  noticePaperHref,
  noticePapersQuery,
  PAPER_TYPES,
  removeNoticePaper,
  type NoticePaper,
} from '../../api/papers.ts';
import type { Notice } from '../../api/shops.ts';
import { AddFile } from '../../components/add-file.tsx';
import { FieldActs } from '../../components/field-acts.tsx';
import { RowsTable } from '../../components/rows.tsx';
import { Moment } from '../../components/texts.tsx';
import { useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

/** What the shop brought with its words; who may decide the notice opens them, a clerk brings more while the shop has something to say. */
export function NoticePapers({ notice }: { readonly notice: Notice }): ReactNode {
  const say = useWords(words);
  const may = useMay();
  const { id, waiting } = notice;
  const { data = [] } = useQuery(noticePapersQuery(id));
  const open = waiting?.on === 'shop';
  // once a word is said, its papers stay
  const now = waiting?.can.includes('respond') === true ? 'response' : 'appeal';
  const reads = may('shops:judge') || may('audit:read');
  const shown = (paper: NoticePaper, n: number): ReactNode =>
    reads ? <a href={noticePaperHref(id, paper.id)} target="_blank" rel="noreferrer">{say('paper', { n: n + 1 })}</a> : say('paper', { n: n + 1 }); // prettier-ignore
  return (
    <>
      {data.length > 0 && (
        <>
          <Text fw={600}>{say('papers')}</Text>
          <RowsTable
            label={say('papers')}
            heads={[say('paper', { n: '' }), say('saidWith'), say('pages'), say('addedAt'), say('acts')]}
            rows={data.map((paper, n) => [
              paper.id,
              shown(paper, n),
              say(paper.said),
              say('pagesOf', { count: paper.pages }),
              <Moment key="at" at={paper.uploadedAt} precision="minute" />,
              open && paper.said === now ? (
                <FieldActs key="acts" small acts={[{ id: 'remove', permission: 'shops:enter', title: say('removePaper'), explain: say('removePaper.explain'), reason: 'none', danger: true, ask: [], send: () => removeNoticePaper(id, paper.id) }]} />
              ) : '—',
            ])}
          />
        </>
      )}
      {open && (
        <Group>
          <AddFile
            title={say('addPaper')}
            explain={say('addPaper.explain')}
            label={say('file')}
            accept={PAPER_TYPES}
            permission="shops:enter"
            send={(file) => addNoticePaper(id, file)}
          />
        </Group>
      )}
    </>
  ); // prettier-ignore
}
