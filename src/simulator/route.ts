import type { Form } from './protocol/form.js';
import type { Kind } from './protocol/parameters.js';
import type { World } from './world.js';

/** One request, decoded and checked, with the world it is about. */
export interface Call {
  world: World;
  /** The platform, or the connected account of the `Stripe-Account` header. */
  owner: string;
  /** The first id in the path. */
  id: string;
  /** The second id in the path. */
  secondId: string;
  /** As the route's spec has read them; each handler names its own spec's type. */
  values: object;
  form: Form;
  /** The token that came in the place of a key; null with a key. */
  sessionToken: string | null;
  /** Where this simulator answers. */
  origin: string;
}

/** One of Stripe's endpoints: how its parameters are read, and what it does. */
export type Route = {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  platformOnly?: boolean;
  connectedOnly?: boolean;
  takesSessionToken?: boolean;
} & (
  | { spec: Record<string, Kind<unknown>>; run(call: Call): object }
  /** A list of all objects of a kind, with the filters named. */
  | { listOf: string; filters?: string[] }
);
