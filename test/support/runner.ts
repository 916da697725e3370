import { createRequire, registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

/** What a test file gets from `@jest/globals`. */
type Given = Record<string, (...given: unknown[]) => unknown>;

/** What is used of Jest's runtime, which is one a test file. */
interface Runtime {
  setGlobalsForRuntime(given: Given): void;
  unstable_shouldLoadAsEsm(path: string): boolean;
  unstable_importModule(path: string): Promise<unknown>;
}
type Run = (
  whole: object,
  project: object,
  environment: { global: Record<string, unknown> },
  runtime: Runtime,
  ...more: unknown[]
) => Promise<object>;

const { default: runFile } = createRequire(import.meta.url)('jest-circus/runner') as { default: Run };

/** The constructors that `expect` knows values by: those of the modules that make the values. */
const constructors = { Array, BigInt, Boolean, Date, Error, Function, Map, Number, Object, Promise, RegExp, Set, String, Symbol };

let present: Given = {}; // those of the file that is being run
let fileCount = 0;

/**
 * Jest's own runner, but for the modules: Node loads them, as it does where Holdfast is in earnest, once for all test files of a process.
 * Jest would load a thousand of them anew for each file, into a realm of its own where whatever is global is slow to come by.
 * So what a module keeps outlives the file, and what is changed meanwhile is not seen. What is set up for each file (`setupFilesAfterEnv`) is loaded for each.
 */
const run: Run = (whole, project, environment, runtime, testFile, ...more) => {
  Object.assign(environment.global, constructors);
  fileCount++;
  runtime.setGlobalsForRuntime = (its) => {
    present = its;
  };
  runtime.unstable_shouldLoadAsEsm = () => true;
  runtime.unstable_importModule = (path) => import(`${pathToFileURL(path)}${path === testFile ? '' : `?${fileCount}`}`);
  return runFile(whole, project, environment, runtime, testFile, ...more);
};
export default run;

/** What has that name for the file that is being run, whoever asks: modules outlive the file that they were loaded for. */
const given = (name: string) =>
  new Proxy(() => undefined, {
    apply: (_, __, values) => present[name]?.(...values),
    get: (_, key) => Reflect.get(present[name] as object, key),
  });

// this is what `@jest/globals` is, to all that is loaded after it
export const [afterAll, afterEach, beforeAll, beforeEach] = ['afterAll', 'afterEach', 'beforeAll', 'beforeEach'].map(given);
export const [describe, expect, it] = ['describe', 'expect', 'it'].map(given);
registerHooks({
  resolve: (specifier, context, next) => (specifier === '@jest/globals' ? { url: import.meta.url, shortCircuit: true } : next(specifier, context)),
});
