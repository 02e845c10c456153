// Writes the table of docs/settings.md from the settings' schema (npm run docs:settings).
import { readFileSync, writeFileSync } from 'node:fs';
import { settingsTable } from '../dist/ops/settings-table.js';

const page = new URL('../docs/settings.md', import.meta.url);
const text = readFileSync(page, 'utf8');
writeFileSync(
  page,
  text.replace(/(<!-- settings -->\n)[^]*(\n<!-- end -->)/, (_, from, to) => from + settingsTable() + to),
);
