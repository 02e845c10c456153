import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { divideTests } from './test/support/projects.mjs';

const { unit, system } = divideTests(fileURLToPath(new URL('./test', import.meta.url)));
const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': 'babel-jest' },
  modulePathIgnorePatterns: ['<rootDir>/dist-packages'],
};

/** Two projects: `unit` runs in its own process alone, `system` starts servers and the built program. Ports and data folders
 *  are picked per run, so files run side by side; system tests wait more than they work, hence one worker more than cores. */
export default {
  maxWorkers: availableParallelism() + 1,
  testTimeout: 120_000,
  projects: [
    { ...shared, displayName: 'unit', testMatch: unit },
    { ...shared, displayName: 'system', testMatch: system, globalSetup: '<rootDir>/test/support/build.mjs' },
  ],
};
