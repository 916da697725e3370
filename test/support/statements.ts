import pg from 'pg';

/** Counts what this process sends to databases, at the driver, so that no layer above it can hide a statement. */
export function countStatements(): { count(): number; stop(): void } {
  const { prototype } = pg.Client;
  const { query } = prototype;
  let sent = 0;
  prototype.query = function counted(this: pg.Client, ...sentArguments: unknown[]) {
    sent++;
    return Reflect.apply(query, this, sentArguments);
  } as typeof query;
  return {
    count: () => sent,
    stop: () => {
      prototype.query = query;
    },
  };
}
