/** What must be true of the books, each a view of what breaks it, with the promise as an operator reads it. A new view has its row here, or a test fails. */
export const checks = {
  check_ledger_balances: 'The books sum to zero in every currency.',
  check_movements_balance: 'Every movement in the books balances.',
  check_balances_are_the_postings: 'Every balance is the sum of its postings.',
  check_payments_have_their_split: 'Every payment has its frozen split, of exactly what was charged.',
  check_payments_are_booked: 'Every payment is in the books.',
  check_held_payments_are_in_a_settlement: 'All money held for a seller is in a settlement.',
  check_lines_are_of_one_currency: 'A settlement holds purchases of its own seller and currency alone.',
  check_settlements_pay_what_is_in_them: 'A settlement pays what is in it, less what the seller owed.',
  check_settlements_paid_as_intended: 'A settled settlement has its one transfer, of exactly its amount.',
  check_transfers_have_their_settlement: 'Every transfer that was made settles its settlement.',
  check_movements_happened_once: 'Nothing that Stripe did is recorded twice.',
  check_transfers_went_to_their_seller: 'Every transfer went to an account of its seller.',
  check_no_seller_gets_more_than_their_share: 'No seller has more of a purchase than their share.',
  check_reversals_add_up: 'What was taken back of a settlement is what was taken back of its purchases.',
  check_debts_are_recovered_once: 'Each cent a seller owes is kept back once.',
  check_receivables_are_the_debts: 'The books and the debts agree on what sellers owe.',
  check_payables_are_what_sellers_get: 'The books and the records agree on what sellers will get.',
  check_lost_disputes_are_borne: 'What a lost dispute takes from a seller is held, taken back, or owed.',
  check_one_active_account_per_seller: 'A seller has at most one Stripe account in use.',
  check_movements_are_of_one_tenant: 'No movement of one seller’s moves another’s money.',
  check_nothing_is_stuck: 'Nothing is left undecided longer than Stripe remembers.',
  check_every_change_is_announced: 'Every change that partners are told of is written down for them once, in its order.',
  check_the_books_cannot_be_rewritten: 'The database refuses to change the books.',
} as const;
export type CheckName = keyof typeof checks;

/** The ones that ask a person to look, and stop no money by themselves. */
export const haltless: CheckName[] = ['check_nothing_is_stuck', 'check_every_change_is_announced'];
