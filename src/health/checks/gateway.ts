import type { Clock } from '../../ops/clock.ts';
import { messageOf } from '../../ops/errors.ts';
import { VERSION } from '../../ops/version.ts';
import { critical, ok, unknown, warning, type Said } from '../finding.ts';
import type { Patient } from '../patient.ts';

/** What copies say of themselves, over the HTTP port that monitoring asks too. */

const PATIENCE_MS = 4_000;
/** Longest answer that is read. */
const MOST_BYTES = 8 << 20;

async function ask(clock: Clock, url: string): Promise<{ status: number; text: string }> {
  const tooLong = new AbortController();
  const timer = clock.after(PATIENCE_MS, () => {
    tooLong.abort(new Error(`no answer within ${PATIENCE_MS / 1_000} s`));
  });
  try {
    const answer = await fetch(url, { signal: tooLong.signal, redirect: 'error' });
    const text = await answer.text();
    if (text.length > MOST_BYTES) throw new Error('the answer is too long');
    return { status: answer.status, text };
  } finally {
    clock.cancel(timer);
  }
}

/** Whether each copy answers, is ready, and is of this version. */
export async function copies(patient: Patient): Promise<Said[]> {
  return (await Promise.all(patient.copies.map((copy) => lookAt(patient.clock, copy)))).flat();
}

async function lookAt(clock: Clock, copy: string): Promise<Said[]> {
  try {
    const [ready, metrics] = await Promise.all([ask(clock, `${copy}/readyz`), ask(clock, `${copy}/metrics`)]);
    if (ready.status !== 200)
      return [critical(`${copy} is not ready: ${ready.text.slice(0, 300).trim()}`, 'mend what it names; docs/operations.md has a row for each')]; // prettier-ignore
    const version = /^kalabarg_build_info\{[^}]*version="([^"]+)"/m.exec(metrics.text)?.[1] ?? 'unknown';
    if (version === VERSION) return [ok(`${copy} is ready`)];
    return [
      warning(
        `${copy} runs version ${version}, this is ${VERSION}`,
        'finish the upgrade, or look from the same version',
      ),
    ];
  } catch (error) {
    return [critical(`${copy} does not answer: ${messageOf(error)}`, 'start it (kalabarg serve), or give the right address with --gateway')]; // prettier-ignore
  }
}

interface Alarm {
  readonly metric: string;
  /** Whether one of its values is too much, now in seconds. */
  readonly when: (value: number, labels: string, now: number) => boolean;
  readonly level: 'warning' | 'critical';
  readonly says: (value: number, labels: string, now: number) => string;
  readonly do: string;
}

/** The rules to begin with of docs/metrics.md that a single look can tell. */
const ALARMS: readonly Alarm[] = [
  { metric: 'kalabarg_bank_links_ready', when: (n) => n === 0, level: 'critical', says: () => 'no link to the bank is signed on', do: 'see docs/operations.md, “At the bank”: purchases get 91 for their card part' },
  { metric: 'kalabarg_bank_breaker', when: (n) => n > 0, level: 'critical', says: (n, of) => `the breaker of ${of} is ${n === 1 ? 'half-open' : 'open'}`, do: 'ask the bank; requests are tried again by themselves' },
  { metric: 'kalabarg_bank_in_doubt_oldest_seconds', when: (n) => n > 60, level: 'warning', says: (n, of) => `something is in doubt with the bank for ${Math.round(n)} s (${of})`, do: 'kalabarg doubts list' },
  { metric: 'kalabarg_bank_in_doubt', when: (n, of) => n > 0 && of.includes('refused'), level: 'critical', says: (n) => `the bank refused ${n} reversals or advices`, do: 'kalabarg doubts list, and call the bank with what it shows' },
  { metric: 'kalabarg_authority_open_oldest_seconds', when: (n) => n > 300, level: 'warning', says: (n, of) => `an authority has not taken for ${Math.round(n / 60)} min what became of an order (${of})`, do: 'kalabarg programme authority list, and call whoever runs it' },
  { metric: 'kalabarg_stand_ins_lately', when: (n) => n > 0, level: 'warning', says: (n, of) => `${n} purchases stood in within 15 min (${of})`, do: 'kalabarg programme stand-in stood; docs/runbook.md, KalabargStandIn' },
  { metric: 'kalabarg_housekeeping_success_timestamp_seconds', when: (at, _, now) => at > 0 && now - at > 300, level: 'critical', says: (at, of, now) => `the duty ${of} was last done ${Math.round(now - at)} s ago`, do: 'its reason stands in the log (duty failed)' },
  { metric: 'kalabarg_log_lines_dropped_total', when: (n) => n > 0, level: 'warning', says: (n) => `${n} lines of the log were lost`, do: 'make room where the log is' },
  { metric: 'kalabarg_suspense_below_zero', when: (n, of) => n > 0 && of.includes('shops'), level: 'critical', says: (n) => `the suspense of ${n} shops is below zero`, do: 'docs/operations.md, “Alarms”: they are not paid until a person has looked' },
  { metric: 'kalabarg_owing_shops', when: (n) => n > 0, level: 'warning', says: (n) => `${n} shops owe more than their sales can cover`, do: 'docs/settlement.md: they are paid again once their sales cover it, or are written to' },
  { metric: 'kalabarg_breaks', when: (n, of) => n > 0 && of.includes('overdue'), level: 'warning', says: (n, of) => `${n} breaks are overdue (${of})`, do: 'kalabarg reconcile breaks' },
  { metric: 'kalabarg_bank_leftovers', when: (n) => n > 0, level: 'warning', says: (n) => `${n} bookings of the bank concern none of our orders`, do: 'kalabarg settlement leftovers' },
  { metric: 'kalabarg_inbox_quarantined', when: (n) => n > 0, level: 'warning', says: (n) => `${n} files of the inbox could not be read`, do: 'docs/operations.md, “A file in quarantine”' },
  { metric: 'kalabarg_messages_oldest_seconds', when: (n) => n > 600, level: 'warning', says: (n) => `a message has waited for ${Math.round(n / 60)} min`, do: 'kalabarg messages --state queued' },
  { metric: 'kalabarg_registry_silent_seconds', when: (n) => n > 900, level: 'warning', says: (n, of) => `the registry ${of} has said nothing for ${Math.round(n / 60)} min`, do: 'ask who runs it; cases wait with unknown, none is refused for it' },
]; // prettier-ignore

/** Figures of the copies that would raise an alarm. */
export async function alarms({ copies: all, clock }: Patient): Promise<Said[]> {
  const answers = await Promise.allSettled(all.map((copy) => ask(clock, `${copy}/metrics`)));
  const texts = answers.flatMap((answer) => (answer.status === 'fulfilled' && answer.value.status === 200 ? [answer.value.text] : [])); // prettier-ignore
  if (texts.length === 0) return [unknown('no copy gives its metrics', 'start one, or name it with --gateway')];
  const now = clock.now() / 1_000;
  const raised = new Map<string, Said>();
  for (const text of texts)
    for (const { metric, when, level, says, do: what } of ALARMS)
      for (const { labels, value } of valuesOf(text, metric))
        if (when(value, labels, now))
          raised.set(`${metric} ${labels}`, { level, says: says(value, labels, now), do: what });
  return raised.size > 0 ? [...raised.values()] : [ok(`${ALARMS.length} rules over the metrics of ${texts.length} copies: none is raised`)]; // prettier-ignore
}

function valuesOf(text: string, metric: string): { labels: string; value: number }[] {
  return [...text.matchAll(new RegExp(`^${metric}(?:\\{([^}]*)\\})? (\\S+)`, 'gm'))].map(([, labels = '', value]) => ({
    labels: labels.replaceAll('"', ''),
    value: Number(value),
  }));
}
