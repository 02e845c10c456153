import { Button, Menu } from '@mantine/core';
import type { ReactNode } from 'react';
import { common } from '../words/common.ts';
import { useWords } from '../words/tongue.ts';
import { preferences, usePreferences } from './preferences.ts';

/** Language by one press; unit of money and brightness in a menu. */
export function Looks(): ReactNode {
  const say = useWords(common);
  const { language } = usePreferences();
  const other = language === 'fa' ? 'en' : 'fa';
  return (
    <>
      <Button
        variant="subtle"
        size="compact-md"
        lang={other}
        onClick={() => {
          preferences.set({ language: other });
        }}
      >
        {say('look.language')}
      </Button>
      <LooksMenu />
    </>
  );
}

function LooksMenu(): ReactNode {
  const say = useWords(common);
  const { unit, scheme } = usePreferences();
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button variant="subtle" size="compact-md">
          {say(`look.unit.${unit}`)}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label c="var(--soft)">{say('look.unit')}</Menu.Label>
        {(['rial', 'toman'] as const).map(
          (each) =>
          <Choice key={each} chosen={each === unit} label={say(`look.unit.${each}`)} onChoose={() => { preferences.set({ unit: each }); }} />, // prettier-ignore
        )}
        <Menu.Label c="var(--soft)">{say('look.scheme')}</Menu.Label>
        {(['auto', 'light', 'dark'] as const).map(
          (each) =>
          <Choice key={each} chosen={each === scheme} label={say(`look.scheme.${each}`)} onChoose={() => { preferences.set({ scheme: each }); }} />, // prettier-ignore
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

interface ChoiceProps {
  readonly chosen: boolean;
  readonly label: string;
  readonly onChoose: () => void;
}

function Choice({ chosen, label, onChoose }: ChoiceProps): ReactNode {
  return (
    <Menu.Item role="menuitemradio" aria-checked={chosen} onClick={onChoose} leftSection={chosen ? '●' : '○'}>
      {label}
    </Menu.Item>
  );
}
