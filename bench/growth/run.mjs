// npm run bench:growth [-- --households 10000000 --transactions 100000000 --terminals 1000000]
import { register } from 'node:module';

register('../support/typescript.mjs', import.meta.url);
const { run } = await import('./bench.ts');
await run(process.argv.slice(2));
