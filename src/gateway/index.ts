export { startGateway } from './gateway.ts';
export type { Gateway } from './options.ts';
export { Member, type CrewPlace } from './crew/index.ts';
