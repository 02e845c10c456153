// npm run bench:connections [-- --terminals 2000,5000 --rate 1000 --seconds 20]
import { register } from 'node:module';

register('../support/typescript.mjs', import.meta.url);
const { run } = await import('./bench.ts');
await run(process.argv.slice(2));
