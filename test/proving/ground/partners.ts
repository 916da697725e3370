import { EventEmitter } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import type { RequestFault } from '../../../src/simulator/in-process.js';
import type { Run, Scheduler } from './scheduler.js';

/** Where partners are told: it leads nowhere, for nothing that is posted leaves this process. */
export const partnerUrl = 'http://127.0.0.1:9/changes';

interface Told {
  data: { id: string; sequence: number };
}

/** Those whom the house tells what has changed: whatever is posted in this process arrives here, or does not. */
export class Partners {
  /** What they have taken, by the message's id. */
  readonly taken = new Map<string, string>();
  /** What must not have been told so. */
  readonly wrong: string[] = [];
  readonly #newest = new Map<string, number>();

  /** What becomes of one message; null where no answer comes. */
  take(messageId: string, body: string, fault: RequestFault | null): number | null {
    if (fault === 'drop_before') return null;
    if (fault === 'rate_limit' || fault === 'server_error' || fault === 'server_error_stored') return 503;
    const before = this.taken.get(messageId);
    if (before !== undefined && before !== body) this.wrong.push(`a partner was told ${messageId} as ${before}, and as ${body}`);
    this.taken.set(messageId, body);
    if (before === undefined) this.#keepOrder(JSON.parse(body) as Told);
    return fault === 'drop_after' ? null : fault === 'error_after' ? 500 : 200;
  }

  #keepOrder({ data: { id, sequence } }: Told): void {
    const newest = this.#newest.get(id) ?? 0;
    if (sequence < newest) this.wrong.push(`a partner was told change ${sequence} of ${id} after change ${newest}`);
    this.#newest.set(id, sequence);
  }
}

/** Takes the network away from this process: a message stands at a gate before it leaves and before its answer arrives. */
export function postInProcess(scheduler: Scheduler, partners: () => Partners, faultOf: () => RequestFault | null): void {
  const request = (_url: URL, { headers }: { headers: Record<string, string> }) => {
    const take = (body: string) => partners().take(headers['webhook-id'] as string, body, scheduler.isInside() ? faultOf() : null);
    return new Post(scheduler, take);
  };
  Object.assign(http, { request });
  syncBuiltinESMExports();
}

/** One message on its way, as much of a request as whoever posts it makes use of. */
class Post extends EventEmitter {
  readonly #run: Run | null;
  #isOver = false;

  constructor(
    readonly scheduler: Scheduler,
    readonly take: (body: string) => number | null,
  ) {
    super();
    this.#run = scheduler.current();
  }

  end(body: string): void {
    void this.#carry(body);
  }

  destroy(error?: Error): void {
    if (this.#isOver || this.#run?.isDead) return;
    this.#isOver = true;
    if (error) this.emit('error', error);
    this.emit('close');
  }

  async #carry(body: string): Promise<void> {
    await this.scheduler.pass('ask a partner');
    const status = this.take(body);
    await this.scheduler.pass('answer of a partner');
    if (status === null) return this.destroy(new Error('the connection was cut'));
    const response = Object.assign(new EventEmitter(), { statusCode: status, headers: {} });
    this.emit('response', response as unknown as IncomingMessage);
    response.emit('end');
  }
}
