// npm run bench:ledger [-- --rounds 5 --seconds 8 --households 1000000]
// npm run bench:ledger -- --against <checkout of another version> [--rounds 40 --households 200000 --in-flight 1,8,400]
// npm run bench:ledger -- --decisions [--policies | --lists] [--against <checkout> --rounds 4 --batch 30]
import { register } from 'node:module';

register('../support/typescript.mjs', import.meta.url);
const { run } = await import('./bench.ts');
await run(process.argv.slice(2));
