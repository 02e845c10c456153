import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import { beginCase, shopRulesQuery } from '../../api/shops.ts';
import { FieldActs, type FieldAct } from '../../components/field-acts.tsx';
import { useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

/** A case of whoever comes in person or calls. */
export function Begin(): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  const navigate = useNavigate();
  const { data } = useQuery(shopRulesQuery);
  const act: FieldAct<unknown> | false = data !== undefined && {
    id: 'begin',
    permission: 'shops:enter',
    title: say('begin'),
    reason: 'none',
    ask: [
      { kind: 'text', name: 'name', label: say('name'), max: 100 },
      { kind: 'choice', name: 'guild', label: say('guild'), options: data.guilds.map((guild) => [guild.code, guild[language]]) }, // prettier-ignore
    ],
    send: async ({ name, guild }, { key }) => {
      const { id } = await beginCase({ name, guild }, { key });
      await navigate({ to: `/cases/${id}` });
    },
  };
  return <FieldActs acts={[act]} />;
}
