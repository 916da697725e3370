export function printedSchema(): string {
  return '';
}
