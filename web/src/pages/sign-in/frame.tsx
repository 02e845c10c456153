import { Container, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';
import { Looks } from '../../app/looks.tsx';
import mark from '../../mark.svg';
import { common } from '../../words/common.ts';
import { useWords } from '../../words/tongue.ts';

/** Around the pages of whoever is not signed in yet. */
export function Frame({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactNode {
  const say = useWords(common);
  useEffect(() => {
    document.title = `${title} · ${say('brand')}`;
  });
  return (
    <Container size={460} py="xl" component="main">
      <Group justify="space-between" mb="md">
        <Group gap="xs">
          <img src={mark} alt="" width={32} height={32} />
          <Text fw={700}>{say('brand.long')}</Text>
        </Group>
        <Group gap="xs">
          <Looks />
        </Group>
      </Group>
      <Paper className="sheet" p="lg">
        <Stack>
          <Title order={1} size="h2">
            {title}
          </Title>
          {children}
        </Stack>
      </Paper>
    </Container>
  );
}
