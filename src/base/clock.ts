/** Tells the time. The only way to it: tests turn it, and the demo turns it with the simulator's. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** A clock that stands still until it is turned. */
export class TurnableClock implements Clock {
  #nowMs: number;

  constructor(start: Date) {
    this.#nowMs = start.getTime();
  }

  now(): Date {
    return new Date(this.#nowMs);
  }

  advance(ms: number): void {
    this.#nowMs += ms;
  }
}

/** The instant `ms` after `from`. */
export function later(from: Date, ms: number): Date {
  return new Date(from.getTime() + ms);
}

export const secondMs = 1_000;
export const minuteMs = 60 * secondMs;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** The instant that many milliseconds after 1970 began. */
export function at(epochMs: number): Date {
  return new Date(epochMs);
}

/** The instant somebody wrote in UTC as a form's date and time do, "2026-11-30T20:00"; null for anything else, days that no calendar has included. */
export function instantOfText(text: string): Date | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text)) return null;
  const epochMs = Date.parse(`${text}Z`);
  return Number.isNaN(epochMs) || textOfInstant(at(epochMs)) !== text ? null : at(epochMs);
}

/** An instant as `instantOfText` reads it, to the minute. */
export function textOfInstant(instant: Date): string {
  return instant.toISOString().slice(0, 16);
}

/** The instant a day begins in UTC, written "2026-11-30"; null for anything else, days that no calendar has included. */
export function dayOfText(text: string): Date | null {
  return instantOfText(`${text}T00:00`);
}
