/** What somebody looked for in a table: rows in which each of these columns has one of these values. Without any, all of them. */
export interface Sought {
  table: string;
  where: ReadonlyMap<string, ReadonlySet<string>>;
  /** Only whether they are there, as a foreign key asks, and not what is in them. */
  isOfKey: boolean;
}

/** A statement as auto_explain tells of it. Those that it had run within it, by triggers, functions and foreign keys, are told as well, each by itself. */
export interface Explained {
  text: string;
  parameters: ReadonlyMap<string, string | null>;
  nodes: Node[];
}

interface Node {
  'Node Type': string;
  Operation?: string;
  'Relation Name'?: string;
  Alias?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Index Cond'?: string;
  'Recheck Cond'?: string;
  Filter?: string;
  'Conflicting Tuples'?: number;
  Plans?: Node[];
}

/** Has each statement of a connection told with the rows that each part of it has found, and looked up by keys where that is possible. */
export const explaining = `
  set client_min_messages = log; set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off; set auto_explain.log_min_duration = 0`;

/** Nothing of it until somebody wants it, and never in the server's own log. */
export function explainable(database: string): string {
  const settings = {
    session_preload_libraries: 'auto_explain',
    log_min_messages: 'fatal',
    'auto_explain.log_nested_statements': 'on',
    'auto_explain.log_analyze': 'on',
    'auto_explain.log_timing': 'off',
    'auto_explain.log_format': 'json',
  };
  return Object.entries(settings)
    .map(([name, value]) => `alter database ${database} set ${name} = '${value}'`)
    .join('; ');
}

/** What a notice tells of a statement; null for any other notice. */
export function readExplained(notice: string): Explained | null {
  const plan = /^duration: .*plan:\n(.*)$/s.exec(notice)?.[1];
  if (plan === undefined) return null;
  const told = JSON.parse(plan) as { 'Query Text': string; 'Query Parameters'?: string; Plan: Node };
  return { text: told['Query Text'].replaceAll('"', ''), parameters: parametersIn(told['Query Parameters'] ?? ''), nodes: nodesOf(told.Plan) };
}

function parametersIn(text: string): Map<string, string | null> {
  const all = [...text.matchAll(/(\$\d+) = (?:NULL|'((?:[^']|'')*)')/g)];
  return new Map(all.map(([, name, value]) => [name as string, value?.replaceAll("''", "'") ?? null]));
}

/** The parts that were reached. */
function nodesOf(node: Node): Node[] {
  return node['Actual Loops'] === 0 ? [] : [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

/** What it looked for. `isText` tells of which columns the values are told here as they are told in rows. */
export function soughtBy({ text, parameters, nodes }: Explained, isText: (column: string) => boolean): Sought[] {
  const scans = nodes.filter((node) => node['Relation Name'] !== undefined && node.Operation === undefined);
  return scans.map((node) => {
    const table = node['Relation Name'] as string;
    const where = new Map<string, ReadonlySet<string>>();
    for (const term of [node['Index Cond'], node['Recheck Cond'], node.Filter].flatMap((condition) => termsOf(condition ?? ''))) {
      const [, alias, column, value] =
        /^(?:(\w+)\.)?(\w+) = (.+)$/s.exec(term.replace(/^\(\(?(\w+)\)::\w+/, '($1').replace(/^\((.*)\)$/s, '$1')) ?? [];
      const values = value === undefined || (alias !== undefined && alias !== node.Alias) ? null : valuesOf(value, parameters);
      if (column !== undefined && values && isText(`${table}.${column}`)) where.set(column, values);
    }
    return { table, where, isOfKey: isOfKey(text) };
  });
}

/** The terms of a condition that must all hold. */
function termsOf(condition: string): string[] {
  const terms: string[] = [];
  const inner = isOne(condition) ? condition : condition.slice(1, -1);
  let depth = 0;
  let isQuoted = false;
  let from = 0;
  for (let at = 0; at < inner.length; at++) {
    if (inner[at] === "'") isQuoted = !isQuoted;
    if (isQuoted) continue;
    if (inner[at] === '(') depth++;
    if (inner[at] === ')') depth--;
    if (depth > 0 || !inner.startsWith(' AND ', at)) continue;
    terms.push(inner.slice(from, at));
    from = at + ' AND '.length;
  }
  return [...terms, inner.slice(from)];
}

/** Whether it is a single term: what is bracketed as a whole then begins with no other bracket. */
function isOne(condition: string): boolean {
  return !condition.startsWith('((');
}

/** The values that something may have to be equal to it; null where that cannot be told. */
function valuesOf(value: string, parameters: Explained['parameters']): Set<string> | null {
  const one = (text: string): string | null | undefined => (/^\$\d+$/.test(text) ? parameters.get(text) : /^'([^']*)'(?:::\w+)?$/.exec(text)?.[1]);
  const list = /^ANY \(ARRAY\[(.*)\]\)$/s.exec(value)?.[1] ?? /^ANY \('\{(.*)\}'::text\[\]\)$/s.exec(value)?.[1]?.replace(/[^,]+/g, "'$&'");
  const values = (list?.split(/, ?/) ?? [value]).map(one);
  return values.includes(undefined) ? null : new Set(values.filter((found) => typeof found === 'string'));
}

/** Whether it is what a foreign key asks. */
export function isOfKey(text: string): boolean {
  return text.endsWith(' FOR KEY SHARE OF x');
}

/** The tables in which it changed rows, and those of them from which it took some away. */
export function changedBy({ nodes }: Explained): { changed: string[]; gone: string[] } {
  const changes = nodes.filter((node) => node.Operation !== undefined && node.Plans?.some((from) => from['Actual Rows'] > 0));
  const tables = (some: Node[]) => some.map((node) => node['Relation Name'] as string);
  return { changed: tables(changes), gone: tables(changes.filter(({ Operation }) => Operation === 'Delete')) };
}

/** The tables in which it found what it would have inserted. */
export function metBy({ nodes }: Explained): string[] {
  return nodes.filter((node) => (node['Conflicting Tuples'] ?? 0) > 0).map((node) => node['Relation Name'] as string);
}

/** The tables of which it locked rows, as far as it says so itself. */
export function lockedBy({ text, nodes }: Explained): string[] {
  const hasLocked = nodes.some((node) => node['Node Type'] === 'LockRows' && node['Actual Rows'] > 0);
  return hasLocked && !isOfKey(text) ? namedForUpdate(text) : [];
}

/** The tables whose rows a text wants to lock: what each of its queries with a `for update` reads. */
export function namedForUpdate(text: string): string[] {
  return queriesOf(text).flatMap((query) => {
    const [before, named] = query.split(/\bfor (?:no key )?(?:update|share)\b(?: of (\w+))?/);
    if (before === query || before === undefined) return [];
    return named ? [named] : [...before.matchAll(/\b(?:from|join) (\w+)/g)].map(([, table]) => table as string);
  });
}

/** A text and the texts in brackets in it, each without those in it. */
function queriesOf(text: string): string[] {
  const queries: string[] = [];
  let outer = text;
  for (let before = ''; before !== outer; ) {
    before = outer;
    outer = outer.replace(/\(([^()]*)\)/g, (_, inner: string) => {
      queries.push(inner);
      return '';
    });
  }
  return [...queries, outer];
}
