// The terminals' process of bench:gateway; speaks with its parent by IPC.
import { register } from 'node:module';

register('../support/typescript.mjs', import.meta.url);
const { serve } = await import('./load.ts');
serve();
