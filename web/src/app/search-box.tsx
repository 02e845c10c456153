import { TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { common } from '../words/common.ts';
import { useWords } from '../words/tongue.ts';
import { wantedSearch } from './wanted-search.ts';

export const SEARCH_ID = 'search';

/** Whatever a person has in hand: the page of hits says what it is. */
export function SearchBox(): ReactNode {
  const say = useWords(common);
  const navigate = useNavigate();
  const [text, setText] = useState('');
  return (
    <form
      role="search"
      style={{ flex: '1 1 12rem', maxInlineSize: '28rem' }}
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() === '') return;
        wantedSearch.ask(text.trim());
        setText('');
        void navigate({ to: '/search' });
      }}
    >
      <TextInput
        id={SEARCH_ID}
        type="search"
        aria-label={say('search.label')}
        aria-keyshortcuts="/"
        placeholder={say('search.hint')}
        maxLength={200}
        autoComplete="off"
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
        }}
      />
    </form>
  );
}
