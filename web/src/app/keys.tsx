import { Kbd, Modal, Table } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { common } from '../words/common.ts';
import { useWords } from '../words/tongue.ts';
import { navigationOf } from './navigation.ts';
import { SEARCH_ID } from './search-box.tsx';
import { useMe } from './session.tsx';

/** How long after `g` the second key counts. */
const TOGETHER_MS = 1_200;

interface Help {
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** `/` search, `g` and a letter for a page, `?` this help. Keys are read by their place too, so that they work on a Persian layout. */
export function useKeys(): Help {
  const me = useMe();
  const navigate = useNavigate();
  const [opened, setOpened] = useState(false);
  const wentAt = useRef(-Infinity);
  useEffect(() => {
    const listed = navigationOf(me).flatMap(([, entries]) => entries);
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const letter = letterOf(event);
      if (performance.now() - wentAt.current < TOGETHER_MS) {
        wentAt.current = -Infinity;
        const page = listed.find(({ nav }) => nav.key === letter);
        if (page === undefined) return;
        event.preventDefault();
        void navigate({ to: page.path });
      } else if (letter === 'g') wentAt.current = performance.now();
      else if (event.key === '?' || event.key === '؟') setOpened(true);
      else if (event.key === '/' || event.code === 'Slash') {
        event.preventDefault();
        document.getElementById(SEARCH_ID)?.focus();
      }
    };
    window.addEventListener('keydown', onKey);
    return () => {
      window.removeEventListener('keydown', onKey);
    };
  }, [me, navigate]);
  return {
    opened,
    onClose: () => {
      setOpened(false);
    },
  };
}

function letterOf({ key, code }: KeyboardEvent): string {
  return /^[a-z]$/i.test(key) ? key.toLowerCase() : code.replace(/^Key/, '').toLowerCase();
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable], [role="dialog"]') !== null; // prettier-ignore
}

export function KeyHelp({ opened, onClose }: Help): ReactNode {
  const say = useWords(common);
  const me = useMe();
  const pages = navigationOf(me).flatMap(([, entries]) => entries);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={say('keys.title')}
      closeButtonProps={{ 'aria-label': say('close') }}
    >
      <Table>
        <Table.Tbody>
          <Row keys={['/']} what={say('keys.search')} />
          {pages.map(({ path, nav }) =>
            nav.key === undefined ? null : (
              <Row key={path} keys={['g', nav.key]} what={say('keys.go', { name: say(nav.name) })} />
            ),
          )}
          <Row keys={['?']} what={say('keys.help')} />
          <Row keys={['Esc']} what={say('keys.close')} />
        </Table.Tbody>
      </Table>
    </Modal>
  );
}

function Row({ keys, what }: { readonly keys: readonly string[]; readonly what: string }): ReactNode {
  return (
    <Table.Tr>
      <Table.Td className="whole">
        <bdi dir="ltr">
          {keys.map((key) => (
            <Kbd key={key} me={4}>
              {key}
            </Kbd>
          ))}
        </bdi>
      </Table.Td>
      <Table.Td>{what}</Table.Td>
    </Table.Tr>
  );
}
