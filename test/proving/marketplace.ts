import type { Seller, Staff } from '../../src/access/viewer.js';
import { startOnboarding } from '../../src/accounts/onboarding.js';
import type { Work } from '../../src/db/work.js';
import type { OfferingRow } from '../../src/offerings/offering.js';
import type { House } from './house.js';

/** What the people of one history know: who sells, what is on sale, which pages of Stripe's buyers have open. */
export interface Marketplace {
  sellers: Seller[];
  offerings: OfferingRow[];
  checkouts: Checkout[];
}

export interface Checkout {
  sessionId: string;
  accountId: string;
}

export const administrator: Staff = {
  kind: 'PERSON',
  personId: 'per_administrator',
  email: 'admin@example.com',
  name: 'Ada',
  role: 'ADMIN',
  steppedUp: true,
  hasSecondFactor: false,
  mustEnrol: false,
  tenantId: null,
  accountId: null,
};

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

/** A seller begins at Stripe, or goes on where they were. */
export function onboard(work: Work, seller: Seller): Promise<unknown> {
  return startOnboarding(work, seller, { accountId: seller.accountId, country: null });
}
