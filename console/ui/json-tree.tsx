import { Code } from '@mantine/core';

/** A value of JSON to open member by member: the first level shows, what is deeper opens with a click or a key. */
export function JsonTree({ name, value, depth = 0 }: { name: string; value: unknown; depth?: number }) {
  if (typeof value !== 'object' || value === null)
    return (
      <div>
        <Code>{name}</Code> {value === null ? 'null' : JSON.stringify(value)}
      </div>
    );
  const members = Object.entries(value);
  const size = Array.isArray(value) ? `[${members.length}]` : `{${members.length}}`;
  return (
    <details open={depth === 0} className="tree">
      <summary>
        <Code>{name}</Code> {size}
      </summary>
      {members.map(([member, of]) => (
        <JsonTree key={member} name={member} value={of} depth={depth + 1} />
      ))}
    </details>
  );
}
