// npm run bench:door [-- --rounds 4 --seconds 5 --rate 500 --only reads|uploads]
import { register } from 'node:module';

register('../support/typescript.mjs', import.meta.url);
const { run } = await import('./bench.ts');
await run(process.argv.slice(2));
