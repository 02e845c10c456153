import { Button, Group, Modal, Stack, Table, Text, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useId, useState, type ReactNode } from 'react';
import type { Read } from '../api/client.ts';
import { codeOf, currentOf } from '../api/problem.ts';
import { common } from '../words/common.ts';
import { useWords } from '../words/tongue.ts';
import { changedLines, type Line } from './act-lines.ts';
import { changedFields } from './field-changes.ts';
import { ProblemNote } from './problem-note.tsx';
import { StaleNote, type Stale } from './stale-note.tsx';

/** What goes with an act: what the person wrote, what it rests on, and its own name, so that it is done once. */
export interface Given {
  readonly reason: string;
  readonly etag: string | undefined;
  readonly key: string;
}

export interface Act<Seen = unknown> {
  /** What is done, as on its button: «مسدود کردن پایانه». */
  readonly title: string;
  /** What follows from it. */
  readonly explain?: ReactNode;
  /** What was read, with its ETag: undefined where an act rests on nothing. */
  readonly seen?: Read<Seen>;
  /** What is, and what will be, of what was read. */
  readonly lines?: (seen: Seen) => readonly Line[];
  /** Reads it once more, when somebody else changed it meanwhile and the refusal does not say to what. */
  readonly readAgain?: () => Promise<Read<Seen>>;
  readonly reason?: 'required' | 'none';
  /** So many characters the API wants of it at least. */
  readonly reasonMin?: number;
  /** Fields of the act's own, between what changes and the reason. */
  readonly fields?: ReactNode;
  /** False: something is missing in the fields. */
  readonly ready?: boolean;
  /** Which of them, by their labels. */
  readonly missing?: readonly string[];
  /** It cannot be taken back. */
  readonly danger?: boolean;
  readonly send: (given: Given) => Promise<unknown>;
}

interface ActDialogProps<Seen> {
  /** Undefined: closed. */
  readonly act: Act<Seen> | undefined;
  readonly onClose: () => void;
  /** After it was done; everything that was read is read again anyway. */
  readonly onDone?: () => void;
}

/** What most of the API's routes want of a reason. */
const REASON_MIN = 5;

/** Every act of the console goes through here: before and after, the reason, and what happens when the page was old. */
export function ActDialog<Seen>({ act, onClose, onDone }: ActDialogProps<Seen>): ReactNode {
  const say = useWords(common);
  return (
    <Modal
      opened={act !== undefined}
      onClose={onClose}
      title={act?.title}
      size="lg"
      closeButtonProps={{ 'aria-label': say('close') }}
    >
      {act !== undefined && (
        <ActForm key={act.title} act={act} onClose={onClose} onDone={onDone ?? (() => undefined)} />
      )}
    </Modal>
  );
}

interface ActFormProps<Seen> {
  readonly act: Act<Seen>;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function ActForm<Seen>({ act, onClose, onDone }: ActFormProps<Seen>): ReactNode {
  const say = useWords(common);
  const [reason, setReason] = useState('');
  const [short, setShort] = useState(false);
  const id = useId();
  const { send, busy, error, seen, stale } = useAct(act, reason.trim(), () => {
    onClose();
    onDone();
  });
  const wanted = act.reason !== 'none';
  const least = act.reasonMin ?? REASON_MIN;
  const waits = act.ready === false;
  const lines = seen === undefined ? [] : (act.lines?.(seen.body) ?? []);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const isShort = wanted && reason.trim().length < least;
        setShort(isShort);
        if (!isShort) void send();
      }}
    >
      <Stack>
        {act.explain !== undefined && <Text component="div">{act.explain}</Text>}
        {stale !== undefined && <StaleNote {...stale} />}
        {lines.length > 0 && <Lines lines={lines} heads={[say('act.before'), say('act.after')]} />}
        {act.fields}
        {
          wanted &&
          <Textarea label={say('act.reason')} description={say('act.reasonHelp', { count: least })} error={short ? say('act.reasonShort', { count: least }) : undefined} required minLength={least} maxLength={300} autosize minRows={2} data-autofocus value={reason} onChange={(event) => { setReason(event.currentTarget.value); }} /> // prettier-ignore
        }
        {stale === undefined && <ProblemNote error={error} />}
        {waits && (
          <Text id={id} size="sm" className="soft">
            {act.missing === undefined || act.missing.length === 0
              ? say('act.missing')
              : say('act.missingFields', { fields: act.missing.join(say('comma')) })}
          </Text>
        )}
        <Group justify="end">
          <Button variant="default" onClick={onClose}>
            {say('cancel')}
          </Button>
          <Button
            type="submit"
            loading={busy}
            disabled={waits}
            {...(waits ? { 'aria-describedby': id } : {})}
            {...(act.danger === true ? { color: 'red.9' } : {})}
          >
            {act.title}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface LinesProps {
  readonly lines: readonly Line[];
  readonly heads: readonly [string, string];
}

function Lines({ lines, heads }: LinesProps): ReactNode {
  const say = useWords(common);
  return (
    <Table>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{say('act.what')}</Table.Th>
          <Table.Th>{heads[0]}</Table.Th>
          <Table.Th>{heads[1]}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {lines.map(({ what, before, after }) => (
          <Table.Tr key={what}>
            <Table.Td>{what}</Table.Td>
            <Table.Td>{before}</Table.Td>
            <Table.Td fw={before === after ? 400 : 700}>{after}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

interface Doing<Seen> {
  readonly send: () => Promise<void>;
  readonly busy: boolean;
  readonly error: unknown;
  readonly seen: Read<Seen> | undefined;
  /** What somebody else changed meanwhile; what is there now is what the act rests on from then on. */
  readonly stale: Stale | undefined;
}

function useAct<Seen>(act: Act<Seen>, reason: string, onDone: () => void): Doing<Seen> {
  const say = useWords(common);
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [seen, setSeen] = useState(act.seen);
  const [stale, setStale] = useState<Stale>();
  const [key, setKey] = useState(() => crypto.randomUUID());
  const isOld = stale !== undefined;
  useEffect(() => {
    // once the dialog is gone, the page behind it shows what is there now; before, it might take the act away while it is read
    return isOld ? () => void queries.invalidateQueries() : undefined;
  }, [isOld, queries]);
  /** The refusal says what is there now; else it is read. Without either, nothing is sent again: the old version would be refused again. */
  const again = async (problem: unknown): Promise<void> => {
    if (seen === undefined) return;
    const now = (currentOf(problem) as Read<Seen> | undefined) ?? (await act.readAgain?.());
    if (now === undefined) return;
    setStale({
      lines: changedLines(act.lines?.(seen.body) ?? [], act.lines?.(now.body) ?? []),
      fields: changedFields(seen.body, now.body),
    });
    setSeen(now);
    setKey(crypto.randomUUID());
  };
  const send = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await act.send({ reason, etag: seen?.etag, key });
      await queries.invalidateQueries();
      notifications.show({ message: `${act.title}: ${say('act.done')}`, withCloseButton: false });
      onDone();
    } catch (problem) {
      setError(problem);
      if (codeOf(problem) === 'api.stale') await again(problem);
    } finally {
      setBusy(false);
    }
  };
  return { send, busy, error, seen, stale };
}
