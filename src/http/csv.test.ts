import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { csvLine } from './csv.js';

describe('a line of CSV', () => {
  it('quotes what would end a cell or a line', () => {
    expect(csvLine(['a,b', 'say "yes"', 'two\nlines', null, 12])).toBe('"a,b","say ""yes""","two\nlines",,12\r\n');
  });

  it.each([
    ['=1+1', "'=1+1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['+cmd', "'+cmd"],
    ['-cmd', "'-cmd"],
    ['-5.00', '-5.00'],
    ['ada@example.com', 'ada@example.com'],
  ])('gives a spreadsheet %s as %s', (cell, line) => {
    expect(csvLine([cell])).toBe(`${line}\r\n`);
  });

  it('is read again as what it was written from, the apostrophe apart', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (cells) => {
        expect(parse(csvLine(cells))).toEqual(cells.map((cell) => (/^[=@\t\r]|^[+-](?![\d.])/.test(cell) ? `'${cell}` : cell)));
      }),
    );
  });
});

/** A reader of one line, by the grammar alone. */
function parse(line: string): string[] {
  const cells = `,${line.slice(0, -2)}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,"]*))/g);
  return [...cells].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');
}
