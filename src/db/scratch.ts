import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { migrateUp } from './migrate.js';

/** An empty database with the present schema beside another, on the same server; dropped by `drop`. Takes a role that may create databases. */
export async function openScratch(besideUrl: string): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `holdfast_scratch_${randomBytes(8).toString('hex')}`;
  const url = new URL(besideUrl);
  url.pathname = `/${name}`;
  const drop = () => administer(besideUrl, `drop database if exists ${name} with (force)`);
  await administer(besideUrl, `create database ${name}`);
  try {
    await migrateUp(url.href);
    return { url: url.href, drop };
  } catch (error) {
    await drop();
    throw error;
  }
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
