// npm run bench:settlement [-- --purchases 5000000 --shops 100000 --lines 1000000 --jobs 2000]
import { register } from 'node:module';

register('../support/typescript.mjs', import.meta.url);
const { run } = await import('./bench.ts');
await run(process.argv.slice(2));
