export { startRegistries } from './duty.ts';
export { listAnswers, listRegistries, recentAnswers } from './list.ts';
export type { RegistrySettings } from './settings.ts';
export { simulatedRegistries } from './simulated.ts';
