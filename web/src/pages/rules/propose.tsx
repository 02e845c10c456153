import { Button, Group, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useMay } from '../../app/session.tsx';
import { previewRules, proposeRules, type RulesProposal } from '../../api/scheme.ts';
import { ActsBar, type NamedAct } from '../../components/acts-bar.tsx';
import { FileInput } from '../../components/file-input.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { saveFile } from '../../components/save-file.ts';
import { useWords } from '../../words/tongue.ts';
import { RuleChanges } from './changes.tsx';
import { words } from './words.ts';

interface ProposeRulesProps {
  /** All rules by date, as the file has them. */
  readonly rules: object;
  /** Names them: what a proposal rests on. */
  readonly digest: string;
}

interface Previewed {
  readonly rules: object;
  readonly changes: RulesProposal['changes'];
}

/** Rules are changed by their file: taken as it is, changed, and seen as changes before anything is proposed. */
export function ProposeRules({ rules, digest }: ProposeRulesProps): ReactNode {
  const say = useWords(words);
  const may = useMay();
  const [previewed, setPreviewed] = useState<Previewed>();
  const [error, setError] = useState<unknown>();
  const [garbled, setGarbled] = useState(false);
  if (!may('money:make')) return null;
  const look = async (file: File | null): Promise<void> => {
    setPreviewed(undefined);
    setError(undefined);
    setGarbled(false);
    if (file === null) return;
    try {
      const read = JSON.parse(await file.text()) as object;
      setPreviewed({ rules: read, changes: (await previewRules(read)).changes });
    } catch (problem) {
      if (problem instanceof SyntaxError) setGarbled(true);
      else setError(problem);
    }
  };
  const act: NamedAct<unknown> | false = previewed !== undefined &&
    previewed.changes.length > 0 && {
      id: 'propose',
      permission: 'money:make',
      title: say('propose'),
      explain: say('propose.explain'),
      send: ({ reason, key }) => proposeRules({ rules: previewed.rules, digest, reason }, { key }),
    };
  return (
    <section className="sheet" aria-label={say('proposing')}>
      <Text component="h2" fw={600}>
        {say('proposing')}
      </Text>
      <Text size="sm" className="soft">
        {say('howTo')}
      </Text>
      <Group align="end" mt="xs">
        <Button variant="default" onClick={() => { saveFile('settlement-rules.json', JSON.stringify(rules, null, 2), 'application/json'); }}>
          {say('takeFile')}
        </Button>
        <FileInput label={say('file')} accept=".json,application/json" onFile={look} />
        <ActsBar acts={[act]} />
      </Group>
      <ProblemNote error={error} />
      {garbled && <div className="note bad" role="alert">{say('notJson')}</div>}
      {previewed !== undefined && previewed.changes.length === 0 && <div className="note good">{say('nothingNew')}</div>}
      {previewed !== undefined && previewed.changes.length > 0 && <RuleChanges label={say('proposing')} changes={previewed.changes} />}
    </section>
  ); // prettier-ignore
}
