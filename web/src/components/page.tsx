import { Group, Stack, Title } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';
import { common } from '../words/common.ts';
import { useWords } from '../words/tongue.ts';

interface PageProps {
  readonly title: string;
  /** In the tab of the browser, where `title` is no text that stands alone. */
  readonly tab?: string;
  readonly acts?: ReactNode;
  readonly children: ReactNode;
}

/** A page that is no list: its one h1, its acts beside it. */
export function PageFrame({ title, tab = title, acts, children }: PageProps): ReactNode {
  const say = useWords(common);
  useEffect(() => {
    document.title = `${tab} · ${say('brand')}`;
  });
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Title order={1} size="h2">
          {title}
        </Title>
        <Group gap="xs">{acts}</Group>
      </Group>
      {children}
    </Stack>
  );
}
