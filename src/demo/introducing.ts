import { emailKey } from '../base/email.js';
import type { Work } from '../db/work.js';
import { addressOf, cast, demoPassword, type Part } from './cast.js';

/** The seller whom the start introduces: how to sign in as them, and where buyers pay them. */
export interface DemoSeller {
  email: string;
  password: string;
  payPath: string;
}

/** Null where no demo was played. */
export async function findDemoSeller({ read }: Work): Promise<DemoSeller | null> {
  const email = addressOf(cast[0] as Part);
  const found = await read
    .selectFrom('person')
    .innerJoin('seat', 'seat.personId', 'person.id')
    .innerJoin('account', 'account.tenantId', 'seat.tenantId')
    .select('account.id')
    .where('person.emailKey', '=', emailKey(email))
    .executeTakeFirst();
  return found ? { email, password: demoPassword, payPath: `/c/${found.id}` } : null;
}
