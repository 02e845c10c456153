import { Button, Group, NativeSelect, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import { unitOf } from '../../format/money.ts';
import { useWords } from '../../words/tongue.ts';
import { UNITS, type TypedLine } from './basket.ts';
import { words } from './words.ts';

interface BasketInputProps {
  readonly lines: readonly TypedLine[];
  readonly onChange: (lines: readonly TypedLine[]) => void;
}

/** Goods by code and quantity, a row each. */
export function BasketInput({ lines, onChange }: BasketInputProps): ReactNode {
  const say = useWords(words);
  const looks = usePreferences();
  return lines.map((line, at) => {
    const set = (wanted: Partial<TypedLine>): void => {
      onChange(lines.map((each, place) => (place === at ? { ...each, ...wanted } : each)));
    };
    const label = say('line', { number: at + 1 });
    return (
      <Group key={at} role="group" aria-label={label} align="end" gap="xs" mt="xs">
        <TextInput label={say('goods')} description={at === 0 ? say('goods.help') : undefined} required dir="ltr" inputMode="numeric" maxLength={20} w="11rem" value={line.goods} onChange={(event) => { set({ goods: event.currentTarget.value }); }} />
        <TextInput label={say('quantity')} required dir="ltr" inputMode="numeric" maxLength={6} w="6rem" value={line.quantity} onChange={(event) => { set({ quantity: event.currentTarget.value }); }} />
        <NativeSelect label={say('unit')} value={line.unit} data={UNITS.map((value) => ({ value, label: say(`unit.${value}`) }))} onChange={(event) => { set({ unit: event.currentTarget.value }); }} />
        <TextInput label={`${say('lineAmount')} (${unitOf(looks)})`} required dir="ltr" maxLength={15} w="11rem" value={line.amount} onChange={(event) => { set({ amount: event.currentTarget.value }); }} />
        <Button variant="subtle" aria-label={`${say('removeLine')}: ${label}`} onClick={() => { onChange(lines.filter((_, place) => place !== at)); }}>
          {say('removeLine')}
        </Button>
      </Group>
    );
  }); // prettier-ignore
}
