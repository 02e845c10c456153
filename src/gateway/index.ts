export { startGateway, type Gateway } from './gateway.ts';
