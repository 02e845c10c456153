// npm run bench:gateway [-- --rounds 5 --seconds 8 --soak 600 --jpos --workers 2]
import { register } from 'node:module';

register('../support/typescript.mjs', import.meta.url);
const { run } = await import('./bench.ts');
await run(process.argv.slice(2));
