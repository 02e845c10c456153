import { Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { Role } from '../../../../src/people/index.ts';
import { usePreferences } from '../../app/preferences.ts';
import { addPerson, changePerson, etagOf, resetPerson, type Invited, type Person } from '../../api/people.ts';
import { FieldActs, type Field, type FieldAct, type Values } from '../../components/field-acts.tsx';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Tag } from '../../components/tag.tsx';
import { Ltr, Moment } from '../../components/texts.tsx';
import { common } from '../../words/common.ts';
import { isWord, useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

const ROLES = ['clerk', 'reviewer', 'maker', 'checker', 'support', 'engineer', 'keeper', 'auditor', 'admin'] as const satisfies readonly Role[]; // prettier-ignore

/** Names of roles, one after the other. */
function useRoleNames(): (roles: readonly string[]) => string {
  const say = useWords(common);
  const { language } = usePreferences();
  const nameOf = (name: string): string => {
    const key = `role.${name}`;
    return isWord(common, key) ? say(key) : name;
  };
  return (roles) => roles.map(nameOf).join(language === 'fa' ? '، ' : ', ');
}

export function Page(): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  const namesOf = useRoleNames();
  const [invited, setInvited] = useState<Invited>();
  const columns: readonly Column<Person>[] = [
    { id: 'login', head: say('login'), cell: ({ login }) => <Ltr>{login}</Ltr> },
    { id: 'name', head: say('name'), cell: ({ nameFa, nameEn }) => <bdi>{language === 'fa' ? nameFa : nameEn}</bdi> },
    { id: 'roles', head: say('roles'), cell: ({ roles }) => namesOf(roles) },
    { id: 'state', head: say('state'), cell: ({ state }) => <StateTag state={state} /> },
    { id: 'since', head: say('since'), cell: ({ madeAt }) => <Moment at={madeAt} precision="minute" /> },
    { id: 'acts', head: say('acts'), cell: (person) => <Acts person={person} onInvited={setInvited} /> },
  ];
  return (
    <ListPage<Person>
      title={say('title')}
      path="/people"
      columns={columns}
      rowKey={({ id }) => id}
      acts={<Add onInvited={setInvited} />}
    >
      {invited?.setupCode !== undefined && (
        <div className="note wait" role="status">
          <Text>
            {say('invited')} <Ltr>{invited.login}</Ltr>
          </Text>
          <Text fw={700}>
            <Ltr>{invited.setupCode}</Ltr>
          </Text>
        </div>
      )}
    </ListPage>
  );
}

interface Inviting {
  readonly onInvited: (invited: Invited) => void;
}

function Add({ onInvited }: Inviting): ReactNode {
  const say = useWords(words);
  const act: FieldAct<unknown> = {
    id: 'add',
    permission: 'people:change',
    title: say('add'),
    explain: say('add.explain'),
    ask: [
      { kind: 'text', name: 'login', label: say('login'), max: 64, ltr: true },
      { kind: 'text', name: 'nameFa', label: say('nameFa'), max: 100 },
      { kind: 'text', name: 'nameEn', label: say('nameEn'), max: 100, ltr: true },
      useRoles(),
    ],
    send: async (values, { reason, key }) => {
      const { login = '', nameFa = '', nameEn = '' } = values;
      onInvited(await addPerson({ login, nameFa, nameEn, roles: rolesIn(values), reason }, { key }));
    },
  };
  return <FieldActs acts={[act]} />;
}

function useRoles(): Field {
  const say = useWords(words);
  const namesOf = useRoleNames();
  return { kind: 'many', name: 'roles', label: say('roles'), optional: true, options: ROLES.map((role) => [role, namesOf([role])]) }; // prettier-ignore
}

function rolesIn({ roles = '' }: Values): Role[] {
  return roles.split(' ').filter((role) => role !== '') as Role[];
}

function Acts({ person, onInvited }: Inviting & { readonly person: Person }): ReactNode {
  const say = useWords(words);
  const namesOf = useRoleNames();
  const stateOf = useStateName();
  const { id, state } = person;
  const seen = { body: person, etag: etagOf(person) };
  const base = { seen, permission: 'people:change' as const };
  const turned = state === 'disabled' ? 'active' : 'disabled';
  const acts: readonly (FieldAct<Person> | false)[] = [
    {
      ...base,
      id: 'roles',
      title: say('changeRoles'),
      ask: [useRoles()],
      start: { roles: person.roles.join(' ') },
      lines: (now, values) => [{ what: say('roles'), before: namesOf(now.roles), after: namesOf(rolesIn(values)) }],
      send: (values, { reason, etag, key }) => changePerson(id, { roles: rolesIn(values), reason }, { etag, key }),
    },
    state !== 'invited' && {
      ...base,
      id: 'turn',
      title: say(turned === 'active' ? 'enable' : 'disable'),
      ask: [],
      danger: turned === 'disabled',
      lines: (now) => [{ what: say('state'), before: stateOf(now.state), after: say(`state.${turned}`) }],
      send: (_, { reason, etag, key }) => changePerson(id, { state: turned, reason }, { etag, key }),
    },
    // who is disabled is enabled first
    state !== 'disabled' && {
      ...base,
      id: 'reset',
      title: say('reset'),
      explain: say('reset.explain'),
      ask: [],
      danger: true,
      send: async (_, { reason, etag, key }) => {
        onInvited(await resetPerson(id, reason, { etag, key }));
      },
    },
  ];
  return <FieldActs acts={acts} small />;
}

function StateTag({ state }: { readonly state: string }): ReactNode {
  return <Tag tone={state === 'active' ? 'good' : 'plain'}>{useStateName()(state)}</Tag>;
}

function useStateName(): (state: string) => string {
  const say = useWords(words);
  return (state) => {
    const key = `state.${state}`;
    return isWord(words, key) ? say(key) : state;
  };
}
