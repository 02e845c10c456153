// The model of all households, in a thread beside the database (lived.ts).
import { register } from 'node:module';

register('../../bench/support/typescript.mjs', import.meta.url);
await import('./worker.ts');
