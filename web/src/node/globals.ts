import { Bytes } from './bytes.ts';

/** What code of the gateway finds around itself. Imported before any of it. */
Object.assign(globalThis, { Buffer: Bytes, process: { cwd: () => '/', platform: 'browser', env: {} } });
