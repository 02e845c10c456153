import { afterAll, beforeAll, test } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { replay, type Target } from '../../src/replay/index.ts';
import { startSystem, type System } from '../support/system.ts';
import { FOREIGN } from './conversations.ts';

const files = readdirSync(fileURLToPath(new URL('.', import.meta.url))).filter((name) => name.endsWith('.jsonl'));
/** It wants a terminal that never had keys. */
const FIRST = 'network-before-keys.jsonl';
/** The text for the screen is prose: it may be worded better without being another answer. */
const PROSE = ['48.13'];

let system: System;
let to: Target;
beforeAll(async () => {
  system = await startSystem();
  for (const [id, profile] of Object.entries(FOREIGN))
    await system.query('update terminals set profile = $2 where terminal_id = $1', [id, profile]);
  to = { host: '127.0.0.1', port: Number(system.environment['KALABARG_TERMINAL_PORT']), data: system.data };
});
afterAll(() => system.stop());

/** The library of conversations for every path of wire.md (docs/replay.md). An answer that is meant to change: `-u`. */
test.each([FIRST, ...files.filter((name) => name !== FIRST)])('%s comes out as it was recorded', async (name) => {
  await replay(name, { to, ignore: PROSE });
});
