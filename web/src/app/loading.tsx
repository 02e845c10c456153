import { Center, Loader } from '@mantine/core';
import type { ReactNode } from 'react';
import { common } from '../words/common.ts';
import { useWords } from '../words/tongue.ts';

export function Loading(): ReactNode {
  const say = useWords(common);
  return (
    <Center h="60vh">
      <Loader aria-label={say('loading')} />
    </Center>
  );
}
