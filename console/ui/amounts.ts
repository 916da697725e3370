/** How many digits an amount of a currency has behind the point, told by one that the server wrote. */
export function digitsOf(decimal: string): number {
  return decimal.split('.')[1]?.length ?? 0;
}

/** What somebody typed as minor units, "12.5" of a currency with two digits as 1250; null for what is no such amount. Nothing is rounded. */
export function minorOf(typed: string, digits: number): number | null {
  const [, whole = '', part = ''] = /^(\d{1,12})(?:\.(\d*))?$/.exec(typed.trim()) ?? [];
  return whole === '' || part.length > digits ? null : Number(whole + part.padEnd(digits, '0'));
}

/** Minor units as somebody would type them. */
export function decimalOf(minor: number, digits: number): string {
  const text = String(minor).padStart(digits + 1, '0');
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
