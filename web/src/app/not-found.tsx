import { Anchor, Container, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { common } from '../words/common.ts';
import { useWords } from '../words/tongue.ts';
import { Go } from '../components/go.tsx';

export function NotFound(): ReactNode {
  const say = useWords(common);
  return (
    <Container component="main" py="xl">
      <Stack>
        <Title order={1}>{say('notFound.title')}</Title>
        <Text>{say('notFound.text')}</Text>
        <Anchor component={Go} to="/">
          {say('nav.home')}
        </Anchor>
      </Stack>
    </Container>
  );
}
