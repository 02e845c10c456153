// npm run replay:1405 [-- --households 1000000 --purchases 2 --seed 1405]
import { register } from 'node:module';

register('../../bench/support/typescript.mjs', import.meta.url);
const { main } = await import('./main.ts');
await main(process.argv.slice(2));
