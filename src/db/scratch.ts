import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { migrateUp } from './migrate.js';

/** A database for something that is over soon. */
export interface Scratch {
  url: string;
  drop(): Promise<void>;
}

/** An empty database with the present schema beside another, on the same server. Takes a role that may create databases. */
export async function openScratch(besideUrl: string): Promise<Scratch> {
  const scratch = await create(besideUrl, null);
  try {
    await migrateUp(scratch.url);
    return scratch;
  } catch (error) {
    await scratch.drop();
    throw error;
  }
}

/** A copy of a database that nobody is connected to, on the same server: quicker than making its schema again. */
export function openCopy(url: string): Promise<Scratch> {
  return create(addressOf(url, 'postgres'), new URL(url).pathname.slice(1));
}

async function create(besideUrl: string, template: string | null): Promise<Scratch> {
  const name = `holdfast_scratch_${randomBytes(8).toString('hex')}`;
  await administer(besideUrl, `create database ${name}${template === null ? '' : ` template ${pg.escapeIdentifier(template)}`}`);
  return { url: addressOf(besideUrl, name), drop: () => administer(besideUrl, `drop database if exists ${name} with (force)`) };
}

/** The address of another database on the same server. */
function addressOf(url: string, database: string): string {
  const address = new URL(url);
  address.pathname = `/${database}`;
  return address.href;
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'holdfast scratch' });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
