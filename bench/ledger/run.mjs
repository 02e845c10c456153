// npm run bench:ledger [-- --rounds 5 --seconds 8 --households 1000000]
import { register } from 'node:module';

register('../support/typescript.mjs', import.meta.url);
const { run } = await import('./bench.ts');
await run(process.argv.slice(2));
