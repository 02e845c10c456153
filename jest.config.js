/** Unit tests mirror src/; system/ drives the running program. Ports and data folders are picked per run. */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: { '\\.ts$': 'babel-jest' },
  testTimeout: 60_000,
};
