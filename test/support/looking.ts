import pg from 'pg';

/** Bare statements over every tenant's rows, with the rights of the application and its numbers. For tests, which look behind everything. */
export function lookInto(url: string): pg.Pool {
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, Number);
  return new pg.Pool({ connectionString: url, options: '-c role=holdfast_app -c app.tenants=*', max: 2, types });
}
