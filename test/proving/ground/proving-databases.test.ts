import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { pidOf } from './books.js';
import { openProvingDatabases } from './proving-databases.js';

describe('the databases of the proving ground', () => {
  it('leave nothing behind, also where somebody was killed who had one of their processes stand still', async () => {
    const databases = await openProvingDatabases(1);
    const client = new pg.Client({ connectionString: databases.urls[0] });
    client.on('error', () => undefined); // its server goes
    await client.connect();
    process.kill(pidOf(client), 'SIGSTOP');
    await databases.close();
    expect(() => process.kill(pidOf(client), 0)).toThrow('ESRCH');
  });
});
