// Says what a buyer's browser loads for a pay page with everything on it: that page alone, for it needs nothing else. Ends the build where that is too much.
import { gzipSync } from 'node:zlib';
import { payPage } from '../dist/src/http/pages/pay.js';

const bytesMax = 15_000; // a second on the slowest connections that phones have
const quote = { totalChargedMinor: 123_456_700, platformFeeMinor: 123_456, currency: 'USD', feeMode: 'ADDED' };
const html = payPage({
  account: { displayName: 'A venue whose name is rather long', membershipInterval: 'MONTH' },
  ready: true,
  membership: quote,
  oneTime: quote,
  test: true,
  locale: 'en',
  email: 'somebody@example.com',
  canceled: true,
  refused: { message: 'Stripe could not be reached.', remedy: 'Nothing was charged. Try again in a minute.' },
});
const bytes = Buffer.byteLength(html);
const kilobytes = (size) => (size / 1_000).toFixed(1);
console.log(`pay page: ${kilobytes(bytes)} kB in one request, ${kilobytes(gzipSync(html).length)} kB compressed`);
if (bytes > bytesMax) {
  console.error(`A pay page is ${kilobytes(bytes)} kB, and may be ${kilobytes(bytesMax)}: buyers come with phones, far from everywhere.`);
  process.exit(1);
}
