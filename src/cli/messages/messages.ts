import type { Command } from 'commander';
import { isDemo, openPanKey } from '../../ledger/index.ts';
import { listMessages, messageKey, type MessageLine } from '../../messages/index.ts';
import { systemClock } from '../../ops/clock.ts';
import { GatewayError } from '../../ops/errors.ts';
import { withPeople } from '../people/open.ts';
import { signedInFor } from '../people/signed-in.ts';

interface Options {
  readonly to?: string;
  readonly about?: string;
  readonly state?: string;
  readonly limit: string;
  readonly json?: boolean;
}

const STATES = ['queued', 'sent', 'failed'];

export function register(program: Command): void {
  program
    .command('messages')
    .option('--to <mobile>', 'to one mobile, 09…')
    .option('--about <object>', 'such as case:7')
    .option('--state <state>', STATES.join(', '))
    .option('--limit <n>', 'how many, 1 to 1000', '20')
    .option('--json', 'one JSON line each')
    .action(list);
}

/** @throws GatewayError `messages.option` */
async function list({ to, about, state, limit, json = false }: Options): Promise<void> {
  if (!/^\d{1,4}$/.test(limit) || Number(limit) < 1 || Number(limit) > 1_000)
    throw new GatewayError('messages.option', `--limit: give 1 to 1000, not "${limit}".`);
  if (state !== undefined && !STATES.includes(state))
    throw new GatewayError('messages.option', `--state: give ${STATES.join(', ')}, not "${state}".`);
  await withPeople('gateway', async ({ pool, config }) => {
    await signedInFor(pool, config, 'shops:read');
    // A newcomer to the demo has no telephone under 0912…: the code is read here. Elsewhere nobody may read one.
    const show = (await isDemo(pool))
      ? { key: messageKey(await openPanKey(pool, config.data)), now: systemClock.now() }
      : undefined;
    const found = await listMessages(pool, { mobile: to, about, state, limit: Number(limit) }, show);
    if (json) for (const line of found) console.log(JSON.stringify(line));
    else console.log(found.length === 0 ? 'nothing' : found.map(shown).join('\n\n'));
  });
}

function shown({ at, mobile, state, about, text, fault }: MessageLine): string {
  const head = [at, mobile, state, about ?? '', fault ?? ''].filter(Boolean).join('  ');
  return `${head}\n${text.replaceAll(/^/gm, '  ')}`;
}
