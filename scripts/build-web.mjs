// Builds web/ (the console's pages) to dist/web, and beside each file what browsers are sent: packed by gzip and brotli.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'vite';
import { config } from '../web/vite.config.mjs';

const PACKED = /\.(?:js|css|svg|json)$/;

process.env.NODE_ENV = 'production'; // whoever calls: under jest React would be its slow self
await build({ ...config, logLevel: 'error' });
const out = fileURLToPath(new URL('../dist/web', import.meta.url));
for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !PACKED.test(entry.name)) continue;
  const path = join(entry.parentPath ?? entry.path, entry.name);
  const bytes = readFileSync(path);
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }));
}
