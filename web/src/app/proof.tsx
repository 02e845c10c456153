import { Button, Modal, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { shell } from '../api/client.ts';
import { isDemoPerson, prove, proveInDemo } from '../api/session.ts';
import { ProblemNote } from '../components/problem-note.tsx';
import { common } from '../words/common.ts';
import { useWords } from '../words/tongue.ts';
import { useMe } from './session.tsx';

interface Asked {
  readonly done: () => void;
  readonly refused: (reason: Error) => void;
}

/** Asks for both factors once more when an act wants it (403 `people.proof`); the act then goes on by itself. */
export function ProofDialog(): ReactNode {
  const say = useWords(common);
  const me = useMe();
  const [asked, setAsked] = useState<Asked>();
  const waiting = useRef<Promise<void>>(undefined);
  useEffect(() => {
    shell.prove = () => {
      waiting.current ??= new Promise<void>((done, refused) => {
        setAsked({ done, refused });
      }).finally(() => {
        waiting.current = undefined;
        setAsked(undefined);
      });
      return waiting.current;
    };
  }, []);
  const close = (): void => {
    asked?.refused(new Error('not proved'));
  };
  return (
    <Modal opened={asked !== undefined} onClose={close} title={say('proof.title')} zIndex={400}>
      {asked !== undefined && <ProofForm demo={isDemoPerson(me.person.login)} done={asked.done} />}
    </Modal>
  );
}

function ProofForm({ demo, done }: { readonly demo: boolean; readonly done: () => void }): ReactNode {
  const say = useWords(common);
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const send = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await (demo ? proveInDemo() : prove(password, code));
      done();
    } catch (problem) {
      setError(problem);
      setCode('');
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <Stack>
        <Text>{say(demo ? 'proof.demo' : 'proof.why')}</Text>
        {!demo && (
          <>
            <PasswordInput
              label={say('signIn.password')}
              autoComplete="current-password"
              required
              data-autofocus
              value={password}
              onChange={(event) => {
                setPassword(event.currentTarget.value);
              }}
            />{' '}
            {/* prettier-ignore */}
            <TextInput label={say('signIn.code')} description={say('proof.newCode')} inputMode="numeric" autoComplete="one-time-code" dir="ltr" required value={code} onChange={(event) => { setCode(event.currentTarget.value); }} />{' '}
            {/* prettier-ignore */}
          </>
        )}
        <ProblemNote error={error} />
        <Button type="submit" loading={busy}>
          {say('proof.go')}
        </Button>
      </Stack>
    </form>
  );
}
