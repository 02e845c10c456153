import { Button, Container, Stack } from '@mantine/core';
import type { ErrorComponentProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ProblemNote } from '../components/problem-note.tsx';
import { common } from '../words/common.ts';
import { useWords } from '../words/tongue.ts';

/** A page that threw: the rest of the console goes on. */
export function Broken({ error, reset }: ErrorComponentProps): ReactNode {
  const say = useWords(common);
  return (
    <Container component="main" py="xl">
      <Stack align="start">
        <ProblemNote error={error} />
        <Button onClick={reset}>{say('retry')}</Button>
      </Stack>
    </Container>
  );
}
