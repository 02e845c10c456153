// npm run bench:all [-- --only codec,gateway]: every measure beside its peer, one after the other, in a short form
import { register } from 'node:module';

register('../support/typescript.mjs', import.meta.url);
const { run } = await import('./bench.ts');
await run(process.argv.slice(2));
