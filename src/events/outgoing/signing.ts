import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

const secretBytes = 32; // the specification asks for 24 to 64

/** A new secret, as receivers' libraries take it. */
export function newSigningSecret(): string {
  return `whsec_${randomBytes(secretBytes).toString('base64')}`;
}

/** The headers of a delivery, signed with each secret: while one is replaced, a receiver may know either. Source: standardwebhooks.com */
export function signedHeaders(secrets: string[], message: { id: string; body: string }, sentAt: Date): Record<string, string> {
  return {
    'webhook-id': message.id,
    'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1_000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(message.id, sentAt, message.body)).join(' '),
  };
}
