import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that knows less than Stripe, as a stripe-mock does: it refuses every key of the v2 API, and `sk_test_wrong`; all else a simulator answers. */
export async function openLesserStripe(simulatorUrl: string): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const refusal = refusalOf(request.url ?? '', request.headers.authorization ?? '');
    if (refusal) {
      response.writeHead(refusal.status, { 'content-type': 'application/json' }).end(JSON.stringify({ error: refusal.error }));
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const headers = Object.entries(request.headers).filter(([name]) => /^(authorization|content-type|stripe-|idempotency-)/.test(name));
    const answer = await fetch(simulatorUrl + request.url, {
      method: request.method ?? 'GET',
      headers: headers as [string, string][],
      body: chunks.length > 0 ? Buffer.concat(chunks) : null,
    });
    response.writeHead(answer.status, Object.fromEntries([...answer.headers].filter(([name]) => !/^(content-length|connection)$/.test(name))));
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((closed) => server.close(() => closed()));
    },
  };
}

function refusalOf(url: string, authorization: string): { status: number; error: object } | null {
  const type = 'invalid_request_error';
  if (authorization.endsWith(' sk_test_wrong')) return { status: 401, error: { type, message: 'Invalid API Key provided: sk_test_wrong' } };
  if (url.startsWith('/v2/')) return { status: 400, error: { type, code: 'invalid_v2_key', message: 'This key is not for the v2 API.' } };
  return null;
}
