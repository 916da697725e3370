import { availableParallelism } from 'node:os';

export default {
  testEnvironment: 'node',
  transform: {},
  roots: ['<rootDir>/dist'],
  testSequencer: '<rootDir>/dist/test/support/longest-first.js',
  testRunner: '<rootDir>/dist/test/support/runner.js',
  testMatch: ['**/*.test.js'],
  globalSetup: '<rootDir>/dist/test/support/set-up.js',
  setupFilesAfterEnv: ['<rootDir>/dist/test/support/conform.js'],
  globalTeardown: '<rootDir>/dist/test/support/tear-down.js',
  testTimeout: 1_800_000, // against silence alone: how long a test takes is the machine's matter
  maxWorkers: availableParallelism() + 1, // tests wait for databases and processes; one less than there are cores, as usual, would leave half of a machine of two idle
  workerGracefulExitTimeout: 10_000, // half a second, as usual, is too short for the system to take back what a process of many test files held
};
