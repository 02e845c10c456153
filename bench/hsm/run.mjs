// npm run bench:hsm
import { register } from 'node:module';

register('./hooks.mjs', import.meta.url);
const { run } = await import('./bench.ts');
await run();
