export { startGateway } from './gateway.ts';
export type { Gateway } from './options.ts';
