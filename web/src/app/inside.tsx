import { Center, Stack, Text, Title } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';
import { useEffect, type ReactNode } from 'react';
import { may } from '../api/session.ts';
import { ProblemNote } from '../components/problem-note.tsx';
import type { PageEntry } from '../pages/registry.ts';
import { common } from '../words/common.ts';
import { useWords } from '../words/tongue.ts';
import { Loading } from './loading.tsx';
import { MoneyUnits } from './money-units.tsx';
import { ProofDialog } from './proof.tsx';
import { SignedIn, useIdleEnd, useSession } from './session.tsx';
import { Shell } from './shell.tsx';

/** A page for who is signed in and may see it, in the shell; whoever is not is sent to sign in, and back here. */
export function Inside({ entry, children }: { readonly entry: PageEntry; readonly children: ReactNode }): ReactNode {
  const { me, error } = useSession();
  if (error !== null)
    return (
      <Center p="xl">
        <ProblemNote error={error} />
      </Center>
    );
  if (me === undefined) return <Loading />;
  if (me === null) return <ToSignIn />;
  const inner = may(me, entry.permissions) ? children : <Forbidden entry={entry} />;
  return (
    <SignedIn me={me}>
      <IdleEnd watching={entry.bare !== true} />
      <ProofDialog />
      <MoneyUnits />
      {entry.bare === true ? inner : <Shell>{inner}</Shell>}
    </SignedIn>
  );
}

/** Once, with the address of when it was seen: the address changes while this still stands. */
function ToSignIn(): null {
  const router = useRouter();
  useEffect(() => {
    const { pathname, searchStr } = router.latestLocation;
    if (pathname !== '/sign-in')
      void router.navigate({ to: '/sign-in', search: { to: pathname + searchStr }, replace: true });
  }, [router]);
  return null;
}

function IdleEnd({ watching }: { readonly watching: boolean }): null {
  useIdleEnd(watching);
  return null;
}

function Forbidden({ entry }: { readonly entry: PageEntry }): ReactNode {
  const say = useWords(common);
  return (
    <Stack>
      <Title order={1}>{say('forbidden.title')}</Title>
      <Text>{say('forbidden.text', { permissions: (entry.permissions ?? []).join(' · ') })}</Text>
    </Stack>
  );
}
