/** What one cell may hold; null is empty. */
export type Cell = string | number | null;

const formula = /^[=@\t\r]|^[+-](?![\d.])/; // what a spreadsheet would run; amounts below zero it would not

/** One line of CSV as RFC 4180 has it. What a spreadsheet would take for a formula is made text by an apostrophe. */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(cell: Cell): string {
  if (cell === null) return '';
  const text = typeof cell === 'string' && formula.test(cell) ? `'${cell}` : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
