/** An event that waiting and trying again will not make appliable: it is kept aside at once, with this as the reason. */
export class Unappliable extends Error {}

/** An event of an account that is none of ours. */
export class UnknownAccount extends Unappliable {
  constructor(stripeAccountId: string) {
    super(`The account ${stripeAccountId} is not connected to any account here.`);
  }
}
