import { Button, Code, PasswordInput, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { create as createQr } from 'qrcode';
import { useState, type ReactNode } from 'react';
import { beginSetup, endSetup } from '../../api/session.ts';
import { Go } from '../../components/go.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { common } from '../../words/common.ts';
import { useWords } from '../../words/tongue.ts';
import { Frame } from './frame.tsx';
import { useStep } from './sign-in.tsx';

interface Invited {
  readonly login: string;
  readonly setupCode: string;
  readonly otpauth: string;
}

/** Whoever was invited or reset: the key of an authenticator app, a password, and recovery codes, which are shown once. */
export function Page(): ReactNode {
  const say = useWords(common);
  const [invited, setInvited] = useState<Invited>();
  const [codes, setCodes] = useState<readonly string[]>();
  return (
    <Frame title={say(codes === undefined ? 'setup.title' : 'setup.recovery')}>
      {codes !== undefined ? (
        <Recovery codes={codes} />
      ) : invited === undefined ? (
        <Invitation onInvited={setInvited} />
      ) : (
        <Factors invited={invited} onReady={setCodes} />
      )}
    </Frame>
  );
}

function Invitation({ onInvited }: { readonly onInvited: (invited: Invited) => void }): ReactNode {
  const say = useWords(common);
  const [login, setLogin] = useState('');
  const [setupCode, setSetupCode] = useState('');
  const { send, busy, error } = useStep(async () => {
    const given = { login: login.trim(), setupCode: setupCode.trim() };
    onInvited({ ...given, ...(await beginSetup(given)) });
  });
  return (
    <form onSubmit={send}>
      <Stack>
        <TextInput
          label={say('signIn.login')}
          autoComplete="username"
          dir="ltr"
          required
          value={login}
          onChange={(event) => {
            setLogin(event.currentTarget.value);
          }}
        />{' '}
        {/* prettier-ignore */}
        <TextInput label={say('setup.code')} description={say('setup.codeHelp')} autoComplete="off" dir="ltr" required value={setupCode} onChange={(event) => { setSetupCode(event.currentTarget.value); }} />{' '}
        {/* prettier-ignore */}
        <ProblemNote error={error} />
        <Button type="submit" loading={busy}>
          {say('signIn.next')}
        </Button>
      </Stack>
    </form>
  );
}

interface FactorsProps {
  readonly invited: Invited;
  readonly onReady: (codes: readonly string[]) => void;
}

function Factors({ invited, onReady }: FactorsProps): ReactNode {
  const say = useWords(common);
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const { login, setupCode, otpauth } = invited;
  const { send, busy, error } = useStep(async () => {
    onReady((await endSetup({ login, setupCode, password, code: code.trim() })).recoveryCodes);
  });
  return (
    <form onSubmit={send}>
      <Stack>
        <Text>{say('setup.scan')}</Text>
        <Qr text={otpauth} label={say('setup.qr')} />
        <Code block dir="ltr">
          {(new URL(otpauth).searchParams.get('secret') ?? '').replace(/(.{4})/g, '$1 ')}
        </Code>
        <PasswordInput
          label={say('setup.password')}
          description={say('setup.passwordHelp')}
          autoComplete="new-password"
          required
          value={password}
          onChange={(event) => {
            setPassword(event.currentTarget.value);
          }}
        />{' '}
        {/* prettier-ignore */}
        <TextInput label={say('setup.firstCode')} inputMode="numeric" autoComplete="one-time-code" dir="ltr" required value={code} onChange={(event) => { setCode(event.currentTarget.value); }} />{' '}
        {/* prettier-ignore */}
        <ProblemNote error={error} />
        <Button type="submit" loading={busy}>
          {say('setup.finish')}
        </Button>
      </Stack>
    </form>
  );
}

/** Drawn here, as a path: the policy of the pages lets no data: picture in. */
function Qr({ text, label }: { readonly text: string; readonly label: string }): ReactNode {
  const { modules } = createQr(text, { errorCorrectionLevel: 'M' });
  const { size } = modules;
  const path = Array.from({ length: size * size }, (_, at) => at)
    .filter((at) => modules.get(Math.floor(at / size), at % size) === 1)
    .map((at) => `M${at % size} ${Math.floor(at / size)}h1v1h-1z`)
    .join('');
  return (
    <svg viewBox={`-4 -4 ${size + 8} ${size + 8}`} width={240} role="img" aria-label={label} style={{ alignSelf: 'center', background: '#fff' }}>
      <path d={path} fill="#000" />
    </svg>
  ); // prettier-ignore
}

function Recovery({ codes }: { readonly codes: readonly string[] }): ReactNode {
  const say = useWords(common);
  return (
    <Stack>
      <Text>{say('setup.recoveryWhy')}</Text>
      <SimpleGrid cols={2}>
        {codes.map((code) => (
          <Code key={code} dir="ltr">
            {code}
          </Code>
        ))}
      </SimpleGrid>
      <Button component={Go} to="/sign-in">
        {say('setup.kept')}
      </Button>
    </Stack>
  );
}
