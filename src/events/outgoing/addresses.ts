import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { Refusal } from '../../base/errors.js';
import type { Work } from '../../db/work.js';

/** Asks the name service for the addresses of a host. */
export type Resolve = (host: string) => Promise<string[]>;

/** Where this installation may send to: never into the networks around it, but with the simulator to this machine itself, as a demo needs. */
export interface Reachable {
  allowsLoopback: boolean;
  resolve: Resolve;
}

export const nameService: Resolve = async (host) => (await lookup(host, { all: true })).map(({ address }) => address);

/** Where deliveries of this installation may go. */
export function reachableFrom(work: Work): Reachable {
  return { allowsLoopback: work.config.stripe.mode === 'simulator', resolve: nameService };
}

const urlMax = 2_000; // characters
const portsOfTheWeb = ['', '443', '8443'];

/** The networks that are nobody's on the Internet. Source: iana.org, special-purpose address registries of IPv4 and IPv6 */
const privateNetworks: [string, number, 'ipv4' | 'ipv6'][] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.0.2.0', 24, 'ipv4'],
  ['192.88.99.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'],
  ['224.0.0.0', 4, 'ipv4'],
  ['240.0.0.0', 4, 'ipv4'],
  ['::', 3, 'ipv6'], // with loopback, unspecified, addresses of IPv4 in another form, and their translation
  ['2001::', 23, 'ipv6'],
  ['2001:db8::', 32, 'ipv6'],
  ['2002::', 16, 'ipv6'],
  ['3fff::', 20, 'ipv6'],
  ['4000::', 2, 'ipv6'],
  ['8000::', 1, 'ipv6'], // with local and multicast: only 2000::/3 is given out
];

/** One list for each family: a list of both would take an address of IPv4 for one of IPv6 written in its form. */
const closed = { ipv4: new BlockList(), ipv6: new BlockList() };
for (const [network, prefix, family] of privateNetworks) closed[family].addSubnet(network, prefix, family);
const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether an address, as the name service gives it, may be sent to. */
export function isOpen(address: string, { allowsLoopback }: Pick<Reachable, 'allowsLoopback'>): boolean {
  const version = isIP(address);
  if (version === 0) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  return (allowsLoopback && loopback.check(address, family)) || !closed[family].check(address, family);
}

/** The literal address in a host of a URL, or null for a name. */
export function literalOf(hostname: string): string | null {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return isIP(bare) === 0 ? null : bare;
}

/**
 * An address that partners may be told at, as it is kept: https, on a port of the web, without user or fragment, and open to the Internet now.
 * Refuses with INVALID. What a name leads to may change, so that each request looks again.
 */
export async function checkUrl(text: string, reachable: Reachable): Promise<string> {
  const url = text.length <= urlMax && URL.canParse(text) ? new URL(text) : null;
  if (!url) throw refused('is not an address', 'Give one like https://shop.example.com/webhooks.');
  const isLocal = reachable.allowsLoopback && isLocalHost(url.hostname);
  if (url.protocol !== 'https:' && !(isLocal && url.protocol === 'http:')) throw refused('is not https', 'Give an https address.');
  if (!isLocal && !portsOfTheWeb.includes(url.port)) throw refused(`has the port ${url.port}`, 'Use 443 or 8443.');
  if (url.username || url.password) throw refused('holds a user or a password', 'Leave them out: every delivery is signed.');
  if (url.hash) throw refused('has a fragment', 'Leave it out.');
  const addresses = await addressesOf(url.hostname, reachable);
  if (addresses.length === 0) throw refused('leads nowhere', 'See that its name is known to the name service.');
  if (!addresses.every((address) => isOpen(address, reachable)))
    throw refused('leads into a private network', 'Give an address that is open to the Internet.');
  return url.href;
}

/** The addresses behind a host: its own where it is one, or what the name service says; none where that knows nothing. */
export async function addressesOf(hostname: string, { resolve }: Pick<Reachable, 'resolve'>): Promise<string[]> {
  const literal = literalOf(hostname);
  return literal === null ? resolve(hostname).catch(() => []) : [literal];
}

function isLocalHost(hostname: string): boolean {
  const literal = literalOf(hostname);
  if (literal !== null) return loopback.check(literal, isIP(literal) === 4 ? 'ipv4' : 'ipv6');
  return hostname === 'localhost' || hostname.endsWith('.localhost');
}

function refused(why: string, remedy: string): Refusal {
  return new Refusal('INVALID', `The url ${why}.`, ['url'], remedy);
}
