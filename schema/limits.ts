import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

const depthMax = 12;
const aliasesMax = 15;
const rootFieldsMax = 10;
const costMax = 1_000;
const strangersCostMax = 100; // what is open to everybody is small, and nobody answers for who asks
const pageDefault = 25;
const visitsMax = 10_000; // a document that spreads fragments this often is built to exhaust us

interface Measured {
  depth: number;
  aliases: number;
  rootFields: number;
  cost: number;
}

/**
 * Refuses a document that would cost too much, before anything is executed: too deep, too many aliases or root fields, or too many fields
 * once each list is multiplied by the page asked for; a stranger's, where it would cost a tenth of that. One pass, fragments expanded.
 */
export function assertWithinLimits(
  document: DocumentNode,
  operationName: string | null,
  variables: Record<string, unknown>,
  isStranger: boolean,
): void {
  const fragments = new Map(
    document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION).map((fragment) => [fragment.name.value, fragment]),
  );
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const operation = operations.find(({ name }) => operationName === null || name?.value === operationName);
  if (!operation) return;
  const { depth, aliases, rootFields, cost } = measure(operation, fragments, variables);
  if (depth > depthMax) throw tooMuch('QUERY_TOO_DEEP', `The query is ${depth} levels deep`, depthMax);
  if (aliases > aliasesMax) throw tooMuch('QUERY_TOO_COSTLY', `The query has ${aliases} aliases`, aliasesMax);
  if (rootFields > rootFieldsMax) throw tooMuch('QUERY_TOO_COSTLY', `The query has ${rootFields} root fields`, rootFieldsMax);
  const most = isStranger ? strangersCostMax : costMax;
  if (cost > most) throw tooMuch('QUERY_TOO_COSTLY', `The query costs ${cost}`, most);
}

function tooMuch(reason: string, what: string, max: number): GraphQLError {
  return new GraphQLError(`${what}; at most ${max} is allowed.`, { extensions: { code: 'BAD_USER_INPUT', reason, http: { status: 400 } } });
}

function measure(operation: OperationDefinitionNode, fragments: Map<string, FragmentDefinitionNode>, variables: Record<string, unknown>): Measured {
  const measured: Measured = { depth: 0, aliases: 0, rootFields: 0, cost: 0 };
  const given = { ...defaultsOf(operation), ...variables };
  let visits = 0;
  /** `times`: how many objects are selected from; `pageSize`: how many more each entry of theirs makes, where they are pages of a list. */
  const walk = (selection: SelectionSetNode, depth: number, times: number, pageSize: number): void => {
    for (const node of selection.selections) {
      if (++visits > visitsMax) throw tooMuch('QUERY_TOO_COSTLY', 'The query selects more than can be counted', visitsMax);
      if (node.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments.get(node.name.value);
        if (fragment) walk(fragment.selectionSet, depth, times, pageSize);
      } else if (node.kind === Kind.INLINE_FRAGMENT) walk(node.selectionSet, depth, times, pageSize);
      else {
        if (node.name.value.startsWith('__')) continue; // introspection has no data behind it; Apollo bounds its recursion
        if (node.alias) measured.aliases++;
        if (depth === 1) measured.rootFields++;
        measured.depth = Math.max(measured.depth, depth);
        if (!node.selectionSet) continue;
        const objects = isEntries(node) ? times * pageSize : times;
        measured.cost += objects; // each an object to fetch; its plain fields come with it
        walk(node.selectionSet, depth + 1, objects, pageSizeOf(node, given));
      }
    }
  };
  walk(operation.selectionSet, 1, 1, 1);
  return measured;
}

function isEntries(field: FieldNode): boolean {
  return field.name.value === 'edges' || field.name.value === 'nodes';
}

/** How many entries a field answers at most, where it is a page of a list. */
function pageSizeOf(field: FieldNode, given: Record<string, unknown>): number {
  const first = field.arguments?.find(({ name }) => name.value === 'first')?.value;
  const asked = first?.kind === Kind.INT ? Number(first.value) : first?.kind === Kind.VARIABLE ? given[first.name.value] : null;
  return typeof asked === 'number' ? Math.max(1, asked) : pageDefault;
}

/** What the document itself says for variables that are not sent. */
function defaultsOf({ variableDefinitions }: OperationDefinitionNode): Record<string, number> {
  const defaults: Record<string, number> = {};
  for (const { variable, defaultValue } of variableDefinitions ?? [])
    if (defaultValue?.kind === Kind.INT) defaults[variable.name.value] = Number(defaultValue.value);
  return defaults;
}
