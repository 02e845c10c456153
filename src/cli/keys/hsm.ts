import type { Command } from 'commander';
import { openHsm } from '../../hsm/index.ts';
import { loadConfig } from '../../ops/config.ts';
import { withJson } from '../options.ts';
import { print, type JsonOption } from '../print.ts';

export function register(program: Command): void {
  const hsm = program.command('hsm');
  withJson(hsm.command('status').description('which HSM is configured, and whether it answers')).action(status);
}

async function status(options: JsonOption): Promise<void> {
  const hsm = await openHsm(loadConfig());
  try {
    const { backend, ready, detail } = await hsm.status();
    print(options, { backend, ready, detail }, () => `${backend}: ${ready ? 'ready' : 'not ready'}; ${detail}`);
    if (!ready) process.exitCode = 1;
  } finally {
    await hsm.close();
  }
}
