import type { ChildProcess } from 'node:child_process';
import { writeKey } from '../../src/access/keys/key-text.js';
import { program, seller, staff } from './marketplace.js';
import { inTurn, line, ratio } from './measuring.js';
import { askingRequest, cookieOf } from './requests.js';

const document = 'query ($id: ID!) { publicAccount(id: $id) { id displayName oneTimePrice { amount currency } } }';
const key = `authorization: Bearer ${writeKey('simulator', program)}`;

/** What it costs to find out who asks and what they may see: the same request of a stranger, and of everybody who shows who they are. */
export async function benchAsking(serving: ChildProcess, graphqlUrl: string): Promise<void> {
  const from = (...headers: string[]) => askingRequest(graphqlUrl, document, { id: seller.accountId }, headers);
  const [stranger, ...known] = await inTurn(serving, [from(), from(cookieOf(seller)), from(cookieOf(staff)), from(key)]);

  console.log('\na seller’s public account, asked for by a stranger, and by who is found out first');
  console.log(line('stranger', stranger));
  for (const [place, name] of ['seller', 'staff', 'program'].entries()) {
    const rounds = known[place] ?? [];
    console.log(`${line(name, rounds)}  ${ratio(rounds, stranger, 'cpuMs').toFixed(2)} times the processor time`);
  }
}
