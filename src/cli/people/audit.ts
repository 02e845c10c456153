import Table from 'cli-table3';
import type { Command } from 'commander';
import { GatewayError } from '../../ops/errors.ts';
import { demandLogin, listAudit, verifyAudit, type AuditHead, type AuditRow } from '../../people/index.ts';
import { withPeople } from './open.ts';
import { signedInFor } from './signed-in.ts';
import { howMany } from '../print.ts';

interface ListOptions {
  readonly actor?: string;
  readonly act?: string;
  readonly object?: string;
  readonly limit: string;
  readonly json?: boolean;
}

export function register(program: Command): void {
  const audit = program.command('audit');
  audit
    .command('list')
    .description('who did what, the newest first')
    .option('--actor <login>', 'of one person')
    .option('--act <act>', 'such as sign-in, which finds sign-in.refused too')
    .option('--object <object>', 'such as person:7')
    .option('--limit <n>', 'how many, 1 to 10000', '50')
    .option('--json', 'one JSON line each')
    .action(list);
  audit
    .command('verify')
    .description('recompute the chain: prints its head; exit status 1 where a row was changed, cut out or put in')
    .option('--known <head>', 'a head that was printed before and kept elsewhere, number:hash: it must still be there')
    .action(verify);
}

/** @throws GatewayError `audit.option` */
async function list({ actor, act, object, limit, json = false }: ListOptions): Promise<void> {
  if (!/^\d{1,5}$/.test(limit) || Number(limit) < 1 || Number(limit) > 10_000)
    throw new GatewayError('audit.option', `--limit: give 1 to 10000, not "${limit}".`);
  await withPeople('gateway', async ({ pool, config }) => {
    await signedInFor(pool, config, 'audit:read');
    const actorId = actor === undefined ? undefined : (await demandLogin(pool, actor)).id;
    const rows = await listAudit(pool, { actorId, act, object, limit: Number(limit) });
    if (json) for (const row of rows) console.log(JSON.stringify(row));
    else console.log(rows.length === 0 ? 'nothing' : table(rows));
  });
}

function table(rows: readonly AuditRow[]): string {
  const shown = new Table({
    head: ['number', 'at', 'who', 'act', 'object', 'detail', 'reason'],
    style: { head: [], border: [] },
  });
  for (const { seq, at, actor, act, object, before, after, reason } of rows)
    shown.push([seq, at, actor, act, object, change(before, after), reason ?? '']);
  return shown.toString();
}

/** What a change changed; else what was said. */
function change(before: unknown, after: unknown): string {
  const [was, is] = [fields(before), fields(after)];
  const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  return keys
    .filter((key) => JSON.stringify(was[key]) !== JSON.stringify(is[key]))
    .map((key) => (key in was ? `${key}: ${text(was[key])} → ${text(is[key])}` : `${key}: ${text(is[key])}`))
    .join('\n');
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string {
  return value === undefined ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value);
}

/** Anybody who reaches the database may: it shows no row. */
async function verify({ known }: { known?: string }): Promise<void> {
  const head = known === undefined ? undefined : headOf(known);
  await withPeople('gateway', async ({ pool }) => {
    const { rows, head: last, fault } = await verifyAudit(pool, head);
    if (fault === undefined) {
      console.log(
        `${howMany(rows, 'row is as it was', 'rows are as they were')} written; head ${last.seq}:${last.hash}`,
      );
      return;
    }
    console.log(`The audit is not as it was written: ${fault}. Up to ${last.seq}:${last.hash} it is.`);
    process.exitCode = 1;
  });
}

/** @throws GatewayError `audit.option` */
function headOf(text: string): AuditHead {
  const [, seq, hash] = /^(\d{1,18}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq !== undefined && hash !== undefined) return { seq, hash };
  throw new GatewayError('audit.option', `--known: give number:hash as audit verify prints it, not "${text}".`);
}
