import { createRequire } from 'node:module';

const { default: Sequencer } = createRequire(import.meta.url)('@jest/test-sequencer') as typeof import('@jest/test-sequencer');
type Tests = Parameters<InstanceType<typeof Sequencer>['sort']>[0];

const longer = ['faults/settlement-storm', 'faults/settlement-crashes', 'faults/crashes', 'flows/browser', 'proving/proving']; // than all others; the longest last

/** Jest's own order, by the times of the last run or else by the size of the files; but what takes longest first, whatever its size: begun last, it would run on alone. */
export default class LongestFirst extends Sequencer {
  override async sort(tests: Tests): Promise<Tests> {
    const rankOf = (path: string) => longer.findIndex((name) => path.includes(name));
    return (await super.sort(tests)).toSorted((one, other) => rankOf(other.path) - rankOf(one.path));
  }
}
