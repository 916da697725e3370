import { json, startAnswerer } from './gateway.js';

interface Listed {
  id: string;
  type: string;
  created: number;
  objectId: string;
}

/** A Stripe that has nothing but lists of events, one per account, in pages as Stripe cuts them; and accounts that may hang or be gone. */
export interface EventLists {
  url: string;
  /** What was asked, oldest first: the account, `platform` for the platform's own, and how. */
  asked: { account: string; from: string; since: number | null }[];
  /** Something happens on an account at a second; answers the event's id.. */
  happen(account: string, created: number, more?: { type?: string; objectId?: string }): string;
  /** Answers for an account what `how` says from now on, instead of its list; null for its list again. */
  instead(account: string, how: Parameters<typeof json> | (() => Promise<void>) | null): void;
  close(): Promise<void>;
}

export async function startEventLists(): Promise<EventLists> {
  const lists = new Map<string, Listed[]>();
  const instead = new Map<string, Parameters<typeof json> | (() => Promise<void>)>();
  const asked: EventLists['asked'] = [];
  let count = 0;
  const server = await startAnswerer();
  server.answer((response, nth) => {
    const request = server.requests[nth - 1];
    const account = String(request?.headers['stripe-account'] ?? 'platform');
    const url = new URL(request?.url ?? '', server.url);
    const answer = () => {
      if (url.pathname !== '/v1/events') return json(200, { object: 'list', data: [], has_more: false })(response);
      return pageOf(account, url.searchParams)(response);
    };
    const other = instead.get(account);
    if (Array.isArray(other)) json(...other)(response);
    else if (other) void other().then(answer);
    else answer();
  });

  function pageOf(account: string, query: URLSearchParams) {
    const [after, before] = [query.get('starting_after'), query.get('ending_before')];
    const since = Number(query.get('created[gte]') ?? 0);
    asked.push({ account, from: after ? `older than ${after}` : before ? `newer than ${before}` : 'newest', since: since || null });
    const shown = (lists.get(account) ?? [])
      .filter(({ created }) => created >= since)
      .toSorted((a, b) => b.created - a.created || b.id.localeCompare(a.id));
    const cursor = after ?? before;
    const index = shown.findIndex(({ id }) => id === cursor);
    if (cursor && index < 0)
      return json(400, { error: { type: 'invalid_request_error', code: 'resource_missing', message: `No such event: ${cursor}` } });
    const within = before ? shown.slice(0, index) : shown.slice(index + 1);
    const page = before ? within.slice(-100) : within.slice(0, 100);
    const data = page.map(({ id, type, created, objectId }) => ({
      id,
      object: 'event',
      type,
      created,
      livemode: false,
      data: { object: { id: objectId } },
    }));
    return json(200, { object: 'list', data, has_more: within.length > page.length });
  }

  return {
    url: server.url,
    asked,
    happen(account, created, { type = 'product.created', objectId = 'prod_1' } = {}) {
      const id = `evt_${String(++count).padStart(6, '0')}`;
      lists.set(account, [...(lists.get(account) ?? []), { id, type, created, objectId }]);
      return id;
    },
    instead(account, how) {
      if (how === null) instead.delete(account);
      else instead.set(account, how);
    },
    close: () => server.close(),
  };
}
