import { Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import { useMay } from '../../app/session.tsx';
import { addCasePaper, casePapersQuery, PAPER_TYPES, removeCasePaper } from '../../api/papers.ts';
import { AddFile } from '../../components/add-file.tsx';
import { FieldActs } from '../../components/field-acts.tsx';
import { Moment } from '../../components/texts.tsx';
import { useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

interface EnterPapersProps {
  readonly id: string;
  /** Of which item. */
  readonly item: string;
  /** The applicant has something to do there. */
  readonly open: boolean;
}

/** What a clerk scans for an applicant: which papers of an item are there, which are asked for, and one more of any other kind. What they
 *  show is the reviewers' to see. */
export function EnterPapers({ id, item, open }: EnterPapersProps): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  const enters = useMay()('shops:enter');
  const { data } = useQuery({ ...casePapersQuery(id), enabled: enters });
  if (!enters || data === undefined) return null;
  const own = data.items.filter((paper) => paper.item === item);
  const missing = data.missing.filter((paper) => paper.item === item);
  const add = (kind: string, title: string): ReactNode => (
    <AddFile
      key={kind}
      title={title}
      explain={say('addPaper.explain')}
      label={say('file')}
      accept={PAPER_TYPES}
      permission="shops:enter"
      send={(file) => addCasePaper(id, item, kind, file)}
    />
  );
  return (
    <>
      {own.map((paper, n) => (
        <Group key={paper.id} gap="xs">
          <span>
            {say('paper', { n: n + 1 })} · {say('pages', { count: paper.pages })} ·{' '}
            <Moment at={paper.uploadedAt} precision="minute" />
          </span>
          {open && <FieldActs small acts={[{ id: 'remove', permission: 'shops:enter', title: say('removePaper'), explain: say('removePaper.explain'), reason: 'none', danger: true, ask: [], send: () => removeCasePaper(id, paper.id) }]} />}
        </Group>
      ))}
      {open && (
        <Group gap="xs">
          {missing.map((paper) => add(paper.kind, say('addPaperOf', { what: paper[language] })))}
          {add('other', say('addPaper'))}
        </Group>
      )}
    </>
  ); // prettier-ignore
}
