import pg from 'pg';

/** Bare statements over every tenant's rows, with the rights of the application and its numbers. For tests, which look behind everything. */
export function lookInto(url: string): pg.Pool {
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, Number);
  return quiet(new pg.Pool({ connectionString: url, options: '-c role=holdfast_app -c app.tenants=*', max: 2, types }));
}

/** The same with all rights there are. */
export function reachInto(url: string, connectionsMax = 5): pg.Pool {
  return quiet(new pg.Pool({ connectionString: url, max: connectionsMax }));
}

/** A pool is done with its connections before they are closed: one that the dropping of its database ends meanwhile is no failure. */
export function quiet(pool: pg.Pool): pg.Pool {
  return pool.on('error', () => undefined);
}
