/** What partners may be told, each with its meaning; the noun alone asks for all of its topics. The triggers of the outbox write them. */
export const topics = {
  'account.updated': 'What Stripe lets a seller’s account do, or asks of it, has changed.',
  'payment.paid': 'A buyer has paid.',
  'payment.refunded': 'Money of a payment went back to its buyer.',
  'payment.disputed': 'A buyer’s bank has taken a payment back, and it is open who gets it.',
  'payment.charged_back': 'A dispute over a payment is lost.',
  'payment.won_back': 'A dispute over a payment is won.',
  'membership.incomplete': 'A membership’s first payment is under way.',
  'membership.incomplete_expired': 'A membership’s first payment never came.',
  'membership.trialing': 'A membership is in its trial.',
  'membership.active': 'A membership is paid.',
  'membership.past_due': 'A membership’s renewal failed; it is active while Stripe tries again.',
  'membership.unpaid': 'A membership’s renewal failed for the last time.',
  'membership.paused': 'A membership is paused.',
  'membership.ending': 'A membership will end with its period.',
  'membership.canceled': 'A membership is over.',
  'settlement.pending': 'A settlement has begun to collect purchases.',
  'settlement.settled': 'A seller has been paid.',
  'settlement.failed': 'A seller could not be paid; a person is asked.',
  'settlement.reversed': 'All of a settlement was taken back.',
  'settlement.canceled': 'Everything in a settlement was given back to buyers.',
  'refund.requested': 'A refund is under way.',
  'refund.succeeded': 'A refund is made.',
  'refund.failed': 'A refund could not be made.',
  'dispute.needs_response': 'A buyer’s bank waits for evidence.',
  'dispute.under_review': 'A buyer’s bank decides.',
  'dispute.won': 'A dispute is won.',
  'dispute.lost': 'A dispute is lost.',
  'dispute.closed': 'A dispute is over without money having moved for good.',
} as const;

const nouns = new Set(Object.keys(topics).map((topic) => topic.slice(0, topic.indexOf('.'))));

/** Whether an endpoint may ask for it: a topic, or a noun for all of its topics. */
export function isTopic(text: string): boolean {
  return Object.hasOwn(topics, text) || nouns.has(text);
}
