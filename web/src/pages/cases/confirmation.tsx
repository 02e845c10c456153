import { useState, type ReactNode } from 'react';
import type { Read } from '../../api/client.ts';
import { askOwner, closedAccount, confirmOwner, readCase, type Case } from '../../api/shops.ts';
import { FieldActs, type FieldAct } from '../../components/field-acts.tsx';
import { latinDigits } from '../../../../src/field/persian.ts';
import { useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

/** What a clerk typed the owner confirms with a code on their own mobile; what the bank said of an old account a reviewer writes down. */
export function OwnerActs({ seen }: { readonly seen: Read<Case> }): ReactNode {
  const say = useWords(words);
  const [challenge, setChallenge] = useState<string>();
  const { id, kind, state, waiting, reviews } = seen.body;
  const acts: readonly (FieldAct<Case> | false)[] = [
    waiting?.on === 'applicant' && {
      id: 'askOwner',
      permission: 'shops:enter',
      title: say('askOwner'),
      explain: say('askOwner.explain'),
      reason: 'none',
      ask: [],
      send: async (_, { key }) => {
        setChallenge((await askOwner(id, { key })).challenge);
      },
    },
    challenge !== undefined && {
      id: 'confirmOwner',
      permission: 'shops:enter',
      title: say('confirmOwner'),
      explain: say('confirmOwner.explain'),
      reason: 'none',
      ask: [{ kind: 'text', name: 'code', label: say('code'), max: 12, ltr: true }],
      send: async ({ code = '' }, { key }) => {
        await confirmOwner(id, { challenge, code: latinDigits(code) }, { key });
        setChallenge(undefined);
      },
    },
    (kind === 'sheba' || kind === 'owner') &&
      reviews.length === 0 &&
      !['REFUSED', 'WITHDRAWN', 'LAPSED'].includes(state) && {
        id: 'accountClosed',
        permission: 'shops:review',
        title: say('accountClosed'),
        explain: say('accountClosed.explain'),
        seen,
        readAgain: () => readCase(id),
        danger: true,
        ask: [],
        send: (_, { reason, etag, key }) => closedAccount(id, reason, { etag, key }),
      },
  ];
  return <FieldActs acts={acts} />;
}
