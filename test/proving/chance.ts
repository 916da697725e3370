import { createHash } from 'node:crypto';

/** Chance that a seed decides: the same seed, the same draws. One for each purpose, so that none shifts the draws of another. */
export class Chance {
  readonly #state: Uint32Array;

  constructor(seed: string) {
    this.#state = new Uint32Array(new Uint8Array(createHash('sha256').update(seed).digest()).buffer.slice(0, 16));
  }

  /** At least 0, less than 1. The generator is sfc32. Source: pracrand.sourceforge.net */
  next(): number {
    const state = this.#state as unknown as [number, number, number, number];
    const [a, b, c, counter] = state;
    const sum = (a + b + counter) | 0;
    state[3] = counter + 1;
    state[0] = b ^ (b >>> 9);
    state[1] = (c + (c << 3)) | 0;
    state[2] = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 up to, and without, `count`. */
  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  happens(probability: number): boolean {
    return this.next() < probability;
  }

  of<T>(values: readonly [T, ...T[]] | readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  /** One of them, each as often as its weight; null where all weigh nothing. */
  weighted<T>(choices: readonly (readonly [weight: number, value: T])[]): T | null {
    let left = this.next() * choices.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of choices) {
      left -= weight;
      if (left < 0) return value;
    }
    return null;
  }

  bytes(count: number): Buffer {
    return Buffer.from(Array.from({ length: count }, () => this.below(256)));
  }
}
