// The idle terminals' process of bench:connections; speaks with its parent by IPC.
import { register } from 'node:module';

register('../support/typescript.mjs', import.meta.url);
const { serve } = await import('./crowd.ts');
serve();
