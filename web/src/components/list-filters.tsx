import { Button, Group, NativeSelect, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { common } from '../words/common.ts';
import { useWords } from '../words/tongue.ts';
import { JalaliDateInput } from './jalali-date-input.tsx';
import { filtersOf, withFilter, type ListSearch } from './list-search.ts';

export type Filter =
  | { readonly kind: 'text'; readonly name: string; readonly label: string }
  | {
      readonly kind: 'choice';
      readonly name: string;
      readonly label: string;
      readonly options: readonly (readonly [value: string, label: string])[];
    }
  | { readonly kind: 'day'; readonly name: string; readonly label: string }
  /** Two days, both taken in. */
  | { readonly kind: 'range'; readonly from: string; readonly to: string };

interface ListFiltersProps {
  readonly filters: readonly Filter[];
  readonly search: ListSearch;
}

/** A choice or a day counts at once, a text with Enter or when one leaves it. */
export function ListFilters({ filters, search }: ListFiltersProps): ReactNode {
  const say = useWords(common);
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  if (filters.length === 0) return <span />;
  const set = (change: ListSearch): void => void navigate({ to: '.', search: withFilter(search, change) });
  const chosen = Object.keys(filtersOf(search)).length;
  return (
    <>
      <Button
        className="filters-open"
        variant="default"
        size="compact-md"
        aria-expanded={open}
        onClick={() => {
          setOpen(!open);
        }}
      >
        {chosen === 0 ? say('list.filters') : say('list.filtersOf', { count: chosen })}
      </Button>
      <Group
        className={open ? 'filters open' : 'filters'}
        gap="xs"
        align="end"
        role="group"
        aria-label={say('list.filters')}
      >
        {filters.map((filter) => (
          <One key={filter.kind === 'range' ? filter.from : filter.name} filter={filter} search={search} set={set} />
        ))}
        {chosen > 0 && (
          <Button variant="subtle" onClick={() => void navigate({ to: '.', search: {} })}>
            {say('list.clear')}
          </Button>
        )}
      </Group>
    </>
  );
}

interface OneProps {
  readonly filter: Filter;
  readonly search: ListSearch;
  readonly set: (change: ListSearch) => void;
}

function One({ filter, search, set }: OneProps): ReactNode {
  const say = useWords(common);
  if (filter.kind === 'range') {
    const { from, to } = filter;
    return (
      <>
        <JalaliDateInput
          label={say('list.from')}
          value={search[from] ?? ''}
          onChange={(day) => {
            set({ [from]: day });
          }}
        />{' '}
        {/* prettier-ignore */}
        <JalaliDateInput label={say('list.until')} value={search[to] ?? ''} onChange={(day) => { set({ [to]: day }); }} />{' '}
        {/* prettier-ignore */}
      </>
    );
  }
  const { name, label } = filter;
  const value = search[name] ?? '';
  const take = (text: string): void => {
    if (text !== value) set({ [name]: text });
  };
  if (filter.kind === 'day') return <JalaliDateInput label={label} value={value} onChange={take} />;
  if (filter.kind === 'text') return <TextFilter key={value} label={label} value={value} onTake={take} />;
  return (
    <NativeSelect
      label={label}
      value={value}
      data={[{ value: '', label: say('list.any') }, ...filter.options.map(([each, shown]) => ({ value: each, label: shown }))]}
      onChange={(event) => { take(event.currentTarget.value); }}
    />
  ); // prettier-ignore
}

interface TextFilterProps {
  readonly label: string;
  readonly value: string;
  readonly onTake: (text: string) => void;
}

function TextFilter({ label, value, onTake }: TextFilterProps): ReactNode {
  const [text, setText] = useState(value);
  return (
    <TextInput
      label={label}
      value={text}
      maxLength={60}
      onChange={(event) => {
        setText(event.currentTarget.value);
      }}
      onBlur={() => {
        onTake(text.trim());
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter') onTake(text.trim());
      }}
    />
  );
}
