#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (!existsSync(main)) {
  console.error('kalabarg: not built yet. Run: npm run setup');
  process.exit(1);
}
const { run } = await import(main.href);
await run(process.argv);
