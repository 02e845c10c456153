import { Button, Stack, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { enterDemo } from '../../api/session.ts';
import { ProblemNote } from '../../components/problem-note.tsx';
import { common } from '../../words/common.ts';
import { useWords } from '../../words/tongue.ts';
import { Frame } from './frame.tsx';
import { useEnter, useStep } from './sign-in.tsx';

const PEOPLE = ['demo-maker', 'demo-checker'] as const;

/** Where the link of `npm start` leads. What opens the door stands behind its `#`: it goes into no log and to no other site. */
export function Page(): ReactNode {
  const say = useWords(common);
  const [code] = useState(linkCode);
  return (
    <Frame title={say('demo.title')}>
      <Text>{say('demo.text')}</Text>
      {code === '' ? (
        <Text className="wait note">{say('demo.none')}</Text>
      ) : (
        <Stack>
          {PEOPLE.map((login) => (
            <Enter key={login} code={code} login={login} />
          ))}
        </Stack>
      )}
    </Frame>
  );
}

function Enter({ code, login }: { readonly code: string; readonly login: (typeof PEOPLE)[number] }): ReactNode {
  const say = useWords(common);
  const enter = useEnter();
  const { send, busy, error } = useStep(async () => {
    enter(await enterDemo(code, login));
  });
  return (
    <>
      <Button onClick={send} loading={busy}>
        {say('demo.as', { name: say(`demo.${login}`) })}
      </Button>
      <ProblemNote error={error} />
    </>
  );
}

const KEPT = 'demo';

/** Kept for this window, so that one may come back and go in as the other person. */
function linkCode(): string {
  const given = window.location.hash.slice(1);
  if (given === '') return sessionStorage.getItem(KEPT) ?? '';
  sessionStorage.setItem(KEPT, given);
  return given;
}
