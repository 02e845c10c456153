import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { usePreferences } from '../app/preferences.ts';
import { lengthOf, momentOf } from '../format/moment.ts';
import { common } from '../words/common.ts';
import { useWords } from '../words/tongue.ts';

interface WaitingProps {
  /** The one party, in the reader's words. */
  readonly on: string;
  /** ISO 8601, UTC */
  readonly since?: string | null | undefined;
  readonly until?: string | null | undefined;
  /** What that party can do now. */
  readonly children?: ReactNode;
}

/** On whom it waits, since when, until when: one sentence. */
export function Waiting({ on, since, until, children }: WaitingProps): ReactNode {
  const say = useWords(common);
  const { language } = usePreferences();
  const now = useNow();
  const over = until != null && Date.parse(until) < now;
  const parts = [
    say('wait.title', { on }),
    since == null ? undefined : say('wait.since', { since: lengthOf(language, now - Date.parse(since)) }),
    until == null ? undefined : say(over ? 'wait.over' : 'wait.until', { until: momentOf(language, until, 'minute') }),
  ];
  return (
    <div className={`note ${over ? 'bad' : 'wait'}`}>
      <strong>{parts.filter((part) => part !== undefined).join(language === 'fa' ? '، ' : ', ')}</strong>
      {children !== undefined && <div>{children}</div>}
    </div>
  );
}

/** The time, looked at every half minute: lengths on a page that stays open stay true. */
function useNow(): number {
  const { data } = useQuery({
    queryKey: ['now'],
    queryFn: () => Date.now(),
    refetchInterval: 30_000,
    initialData: () => Date.now(),
  });
  return data;
}
