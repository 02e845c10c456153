// npm run bench:console [-- --rounds 6 --seconds 10 --rate 1000 --updates 60 --only page|live|gateway]
import { register } from 'node:module';

register('../support/typescript.mjs', import.meta.url);
const { run } = await import('./bench.ts');
await run(process.argv.slice(2));
