import type { Seller } from '../../src/access/viewer.js';
import { partnerUrl } from './ground/partners.js';
import type { House } from './house.js';

/** Sellers as signing up leaves them, written at once: how people sign up is none of this. */
export async function openSellers(house: House, count: number): Promise<Seller[]> {
  const sellers = Array.from({ length: count }, (_, index) => sellerOf(index + 1));
  const now = house.clock.now();
  for (const { tenantId, accountId, personId, name, email } of sellers) {
    await house.books.rows('insert into tenant (id, name, created_at) values ($1, $2, $3)', [tenantId, name, now]);
    await house.books.rows(`insert into person (id, name, email, email_key, password_hash, created_at) values ($1, $2, $3, $3, 'none', $4)`, [
      personId,
      name,
      email,
      now,
    ]);
    await house.books.rows(`insert into seat (tenant_id, person_id, role, created_at) values ($1, $2, 'OWNER', $3)`, [tenantId, personId, now]);
    await house.books.rows(`insert into account (id, tenant_id, display_name, membership_interval, created_at) values ($1, $2, $3, 'MONTH', $4)`, [
      accountId,
      tenantId,
      name,
      now,
    ]);
  }
  return sellers;
}

/** A partner who is told of every change. */
export async function openPartner({ books, clock }: House): Promise<void> {
  const id = `whe_${'0'.repeat(25)}1`;
  const secret = `whsec_${Buffer.from('a secret of the proving ground..').toString('base64')}`;
  await books.rows(`insert into webhook_endpoint (id, url, name, topics, created_by, created_at) values ($1, $2, 'A shop', '{}', 'nobody', $3)`, [
    id,
    partnerUrl,
    clock.now(),
  ]);
  await books.rows('insert into webhook_secret (endpoint_id, number, secret) values ($1, 1, $2)', [id, secret]);
}

function sellerOf(n: number): Seller {
  const id = (prefix: string) => `${prefix}_${String(n).padStart(26, '0')}`;
  return {
    kind: 'PERSON',
    personId: id('per'),
    email: `seller${n}@example.com`,
    name: `Seller ${n}`,
    role: 'SELLER',
    seat: 'OWNER',
    steppedUp: true,
    hasSecondFactor: false,
    tenantId: id('ten'),
    accountId: id('acc'),
  };
}
