// npm run fuzz:codec [-- --minutes 30 --seed 7]
import { register } from 'node:module';

register('../../../bench/support/typescript.mjs', import.meta.url);
const { run } = await import('./fuzz.ts');
await run(process.argv.slice(2));
