import { Anchor, Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { codeOf } from '../../api/problem.ts';
import { giveCode, givePassword, meQuery } from '../../api/session.ts';
import { Go } from '../../components/go.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { safeReturn } from '../../format/return-path.ts';
import { common } from '../../words/common.ts';
import { useWords } from '../../words/tongue.ts';
import { Frame } from './frame.tsx';

/** Password, then the second factor; then on to where the person was going. */
export function Page(): ReactNode {
  const say = useWords(common);
  const [challenge, setChallenge] = useState<string>();
  const [ended] = useState(() => sessionStorage.getItem('ended'));
  return (
    <Frame title={say('signIn.title')}>
      {ended === 'idle' && challenge === undefined && <Text className="wait note">{say('signIn.idle')}</Text>}
      {challenge === undefined ? (
        <PasswordStep onChallenge={setChallenge} />
      ) : (
        <CodeStep
          challenge={challenge}
          onBack={() => {
            setChallenge(undefined);
          }}
        />
      )}
    </Frame>
  );
}

function PasswordStep({ onChallenge }: { readonly onChallenge: (challenge: string) => void }): ReactNode {
  const say = useWords(common);
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const { send, busy, error } = useStep(async () => {
    onChallenge((await givePassword(login.trim(), password)).challenge);
  });
  return (
    <form onSubmit={send}>
      <Stack>
        <TextInput
          label={say('signIn.login')}
          autoComplete="username"
          dir="ltr"
          required
          autoFocus
          value={login}
          onChange={(event) => {
            setLogin(event.currentTarget.value);
          }}
        />{' '}
        {/* prettier-ignore */}
        <PasswordInput label={say('signIn.password')} autoComplete="current-password" required value={password} onChange={(event) => { setPassword(event.currentTarget.value); }} />{' '}
        {/* prettier-ignore */}
        <ProblemNote error={error} />
        <Button type="submit" loading={busy}>
          {say('signIn.next')}
        </Button>
        <Anchor component={Go} to="/setup">
          {say('signIn.setup')}
        </Anchor>
        <Text size="sm" className="soft">
          {say('signIn.demo')}
        </Text>
      </Stack>
    </form>
  );
}

interface CodeStepProps {
  readonly challenge: string;
  readonly onBack: () => void;
}

function CodeStep({ challenge, onBack }: CodeStepProps): ReactNode {
  const say = useWords(common);
  const [code, setCode] = useState('');
  const enter = useEnter();
  const { send, busy, error } = useStep(
    async () => {
      enter(await giveCode(challenge, code.trim()));
    },
    () => {
      setCode('');
    },
  );
  return (
    <form onSubmit={send}>
      <Stack>
        <TextInput
          label={say('signIn.code')}
          description={say('signIn.codeHelp')}
          inputMode="numeric"
          autoComplete="one-time-code"
          dir="ltr"
          required
          autoFocus
          value={code}
          onChange={(event) => {
            setCode(event.currentTarget.value);
          }}
        />{' '}
        {/* prettier-ignore */}
        <ProblemNote error={error} />
        <Button type="submit" loading={busy}>
          {say('signIn.enter')}
        </Button>
        <Button variant="subtle" onClick={onBack}>
          {say('signIn.back')}
        </Button>
      </Stack>
    </form>
  );
}

/** @returns what to call with who is signed in: goes on to where the person was going */
export function useEnter(): (me: Awaited<ReturnType<typeof giveCode>>) => void {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const search = useSearch({ strict: false, select: (all) => all as { to?: string } });
  return (me) => {
    sessionStorage.removeItem('ended');
    queries.clear();
    queries.setQueryData(meQuery.queryKey, me);
    const [path = '/', query = ''] = safeReturn(search.to).split('?');
    void navigate({ to: path, search: Object.fromEntries(new URLSearchParams(query)), replace: true });
  };
}

interface Step {
  readonly send: (event: { preventDefault(): void }) => void;
  readonly busy: boolean;
  readonly error: unknown;
}

/** One step of a form that is sent.
 *  @param onError what a refusal changes in the form */
export function useStep(work: () => Promise<void>, onError: () => void = () => undefined): Step {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const run = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await work();
    } catch (problem) {
      if (codeOf(problem) === 'console.failed') throw problem;
      setError(problem);
      onError();
    } finally {
      setBusy(false);
    }
  };
  return {
    send: (event) => {
      event.preventDefault();
      void run();
    },
    busy,
    error,
  };
}
