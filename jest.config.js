export default {
  testEnvironment: 'node',
  transform: {},
  roots: ['<rootDir>/dist'],
  testMatch: ['**/*.test.js'],
  globalSetup: '<rootDir>/dist/test/support/set-up.js',
  setupFilesAfterEnv: ['<rootDir>/dist/test/support/conform.js'],
  globalTeardown: '<rootDir>/dist/test/support/tear-down.js',
  testTimeout: 30_000,
  maxWorkers: '100%', // one less than that, as usual, would leave half of a machine of two cores idle
};
