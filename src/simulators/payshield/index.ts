export { simulatePayshield, type PayshieldSimulator } from './server.ts';
