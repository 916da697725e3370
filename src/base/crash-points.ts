/** The places at which a test kills the process, named for what has just happened. */
export const crashPoints = [
  'operation.intended',
  'operation.answered',
  'event.stored',
  'event.applied',
  'stream.page_taken',
  'delivery.answered',
  'settlement.frozen',
  'settlement.recorded',
] as const;
export type CrashPoint = (typeof crashPoints)[number];

let armed: string | null = null;
let told: (point: CrashPoint) => void = () => undefined;

/** Makes the process die at a crash point, as a power cut would. For tests of real processes only. */
export function armCrashPoint(point: string | null): void {
  armed = point;
}

/** Has each crash point told as it is passed. For tests that bring about a death themselves. */
export function watchCrashPoints(tell: (point: CrashPoint) => void): void {
  told = tell;
}

/** Marks that the process may die here, and that a test shows what is left then. Does nothing unless armed. */
export function crashPoint(point: CrashPoint): void {
  if (armed === point) process.kill(process.pid, 'SIGKILL');
  told(point);
}
