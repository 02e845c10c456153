import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Before system tests: builds what changed since the last build, so that no test runs a stale dist/. */
export default function build() {
  execFileSync(process.execPath, [fileURLToPath(new URL('../../scripts/setup.mjs', import.meta.url))], {
    stdio: ['ignore', 2, 2],
  });
}
