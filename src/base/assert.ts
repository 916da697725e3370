/** Thrown where the code itself is wrong. Never caught but at an entrance, where the caller gets a request id and the log the rest. */
export class Bug extends Error {
  override readonly name = 'Bug';
}

/** Says that `condition` holds for every input the callers may send; anything else is a defect of ours, not of the caller. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Bug(message);
}

/** The value, which the code knows to be there. */
export function known<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new Bug(`${what} is missing`);
  return value;
}

/** Ends an exhaustive switch: a new case does not compile until it is handled. */
export function unreachable(value: never): never {
  throw new Bug(`unexpected ${JSON.stringify(value)}`);
}
