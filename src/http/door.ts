import type { FastifyReply, FastifyRequest } from 'fastify';
import { actAs } from '../access/acting.js';
import { findPartner } from '../access/keys/finding.js';
import { findViewer, signOut } from '../access/sessions.js';
import { anonymous, type Viewer, type Visitor } from '../access/viewer.js';
import { captchaKinds } from '../base/captcha.js';
import { Denied } from '../base/errors.js';
import { actFor, type Origin, type Work } from '../db/work.js';
import type { StoreDelivered } from '../events/intake.js';

/** What the routes need of the application. */
export interface Door {
  openWork(): Work;
  /** Where delivered events are stored, several at a time. */
  storeDelivered: StoreDelivered;
  /** Says that an event was stored. */
  wakeApplier(): void;
  isDraining(): boolean;
  pendingMigrations(): Promise<string[]>;
}

const sessionSeconds = 30 * 86_400;

function cookieName(work: Work): string {
  return work.config.publicUrl.startsWith('https:') ? '__Host-holdfast' : 'holdfast_session';
}

export function tokenOf(work: Work, request: FastifyRequest): string | null {
  return request.cookies[cookieName(work)] ?? null;
}

/** Whose browser sent a request. */
export async function viewerOf(work: Work, request: FastifyRequest): Promise<Visitor> {
  return actAs(work, await findViewer(work, tokenOf(work, request)), originOf(request));
}

/** Opens a unit of work for somebody whom nobody asks who they are: it sees nothing before they enter a shop. */
export function openForBuyer(door: Door, request: FastifyRequest): Work {
  const work = door.openWork();
  actAs(work, anonymous, originOf(request));
  return work;
}

/** Opens a unit of work for somebody who signs up or in, and notes where they come from. Refuses with FORBIDDEN what another site makes a browser send. */
export function openToSignIn(door: Door, request: FastifyRequest): Work {
  const work = door.openWork();
  assertSameOrigin(work, request);
  actFor(work, { actor: null, role: null, ...originOf(request) });
  return work;
}

function originOf(request: FastifyRequest): Origin {
  return { address: request.ip, requestId: request.id, captchaResponse: captchaResponseOf(request) };
}

/** What came of a puzzle: with a form, in the field of its widget; with anything else, in a header. */
function captchaResponseOf({ headers, body }: FastifyRequest): string | null {
  const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const given = [headers['captcha-response'], ...Object.values(captchaKinds).map(({ field }) => fields[field])];
  return (given.find((one) => typeof one === 'string' && one !== '') as string | undefined) ?? null;
}

/** Who calls the API: the program whose key came, or else the browser's person. Refuses with UNAUTHENTICATED a key that is not in use. */
export async function callerOf(work: Work, request: FastifyRequest): Promise<Viewer> {
  const [, key] = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '') ?? [];
  if (key === undefined) return viewerOf(work, request);
  return actAs(work, await findPartner(work, key), originOf(request));
}

/** Gives the browser its session, out of reach of scripts and of other sites; or takes it away. */
export function setSession(work: Work, reply: FastifyReply, token: string | null): void {
  const secure = work.config.publicUrl.startsWith('https:');
  if (token === null) reply.header('clear-site-data', '"cache", "storage"');
  reply.setCookie(cookieName(work), token ?? '', { path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge: token === null ? 0 : sessionSeconds });
}

/** Gives the browser the session of who has just signed in, and ends the one it had. */
export async function changeSession(work: Work, request: FastifyRequest, reply: FastifyReply, token: string): Promise<void> {
  const former = tokenOf(work, request);
  if (former !== null) await signOut(work, former);
  setSession(work, reply, token);
}

/** Refuses with FORBIDDEN what another site makes a browser send. */
export function assertSameOrigin(work: Work, request: FastifyRequest): void {
  const { origin, host } = request.headers;
  if (origin === undefined) return; // not a browser's cross-site request: those carry it
  const same = origin === work.config.publicUrl || (URL.canParse(origin) && new URL(origin).host === host);
  if (!same) throw new Denied('FORBIDDEN', 'This request came from another site.');
}

/** Where somebody signs in who asked for a page of ours, and comes back to it. */
export function signInFor({ method, url }: FastifyRequest): string {
  const path = method === 'GET' ? placeAfterSignIn(url.split('?')[0]) : null;
  return path === null ? '/sign-in' : `/sign-in?to=${encodeURIComponent(path)}`;
}

/** A page of ours that somebody may be sent to, or null: never an address of anybody else's. */
export function placeAfterSignIn(asked: unknown): string | null {
  return typeof asked === 'string' && /^(\/(admin|connect)(\/\w+){0,2}|\/security)$/.test(asked) ? asked : null;
}
