// npm run bench:lists [-- --transactions 10000000 --days 30 --url postgresql://…]
import { register } from 'node:module';

register('../support/typescript.mjs', import.meta.url);
const { run } = await import('./bench.ts');
await run(process.argv.slice(2));
