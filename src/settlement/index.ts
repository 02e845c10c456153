/** Settlement as a whole: its settings, its service, and a day from its close to its files. Its parts have doors of their own. */
export { payingProfile } from './payer.ts';
export { startSettlement } from './service.ts';
export { loadSettings } from './settings.ts';
export { settleDay, type SettleSummary, deliverReleased, summarise } from './settle.ts';
