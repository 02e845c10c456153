// One attack of bench:attack, in a process of its own: attacker.mjs KIND DATA TERMINAL_PORT HTTP_PORT; ends when it is killed.
import { register } from 'node:module';

register('../support/typescript.mjs', import.meta.url);
const { attack } = await import('./attacks.ts');
const [kind, data, terminalPort, httpPort] = process.argv.slice(2);
await attack(kind, { data, terminalPort: Number(terminalPort), httpPort: Number(httpPort) });
