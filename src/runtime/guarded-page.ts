import { createHash } from 'node:crypto';
import { subjectAccessReviews, tokenReviews } from './access-reviews.ts';
import type { Client } from './client.ts';
import type { Clock } from './clock.ts';
import { ApiError } from './errors.ts';
import type { Page, PageHandler } from './http-server.ts';
import type { Logger } from './log.ts';
import { createLru } from './lru.ts';

/** Who asks the API server about callers. */
export interface GuardOptions {
  readonly client: Pick<Client, 'create'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What the API server says of a caller. */
type Access = 'allowed' | 'unknown' | 'forbidden';

/** As long as a yes holds, in milliseconds: two scrapes by Prometheus' default ask once. */
const YES_MS = 60_000;
/** And a no: short, so that whoever grants the right need not wait. */
const NO_MS = 10_000;
/** Callers remembered. A service account has a handful of scrapers. */
const REMEMBERED = 256;
/** Questions under way at a time: made-up tokens must not become a flood of requests. */
const MAX_ASKING = 4;

/**
 * A page for those alone whom the API server allows to `get` its path: TokenReview, then SubjectAccessReview of a
 * non-resource URL, as kubebuilder's operators guard their metrics. Tokens are neither stored nor logged: what is
 * remembered, for a moment, is a digest.
 */
export function guarded(page: PageHandler, { client, clock, log }: GuardOptions): PageHandler {
  const known = createLru<{ readonly access: Access; readonly until: number }>(REMEMBERED);
  const asking = new Map<string, Promise<Access>>();

  async function ask(token: string, path: string): Promise<Access> {
    const { status } = await client.create(tokenReviews, { metadata: { name: '' }, spec: { token } } as never);
    const user = status?.user;
    if (status?.authenticated !== true || user === undefined) return 'unknown';
    const { username, uid, groups, extra } = user;
    const nonResourceAttributes = { path, verb: 'get' };
    const spec = { user: username, uid, groups, extra, nonResourceAttributes };
    const review = await client.create(subjectAccessReviews, { metadata: { name: '' }, spec } as never);
    return review.status?.allowed === true ? 'allowed' : 'forbidden';
  }

  function accessOf(token: string, path: string): Promise<Access> | undefined {
    const key = createHash('sha256').update(`${path} ${token}`).digest('base64');
    const found = known.get(key);
    if (found !== undefined && clock.monotonic() < found.until) return Promise.resolve(found.access);
    const under = asking.get(key);
    if (under !== undefined) return under;
    if (asking.size >= MAX_ASKING) return undefined;
    const answer = ask(token, path)
      .then((access) => {
        known.set(key, { access, until: clock.monotonic() + (access === 'allowed' ? YES_MS : NO_MS) });
        return access;
      })
      .finally(() => asking.delete(key));
    asking.set(key, answer);
    return answer;
  }

  return async (request) => {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) return unauthorized;
    try {
      const access = await accessOf(token, request.path);
      if (access === undefined) return busy;
      if (access === 'unknown') return unauthorized;
      return access === 'allowed' ? await page(request) : forbidden(request.path);
    } catch (thrown) {
      const error = ApiError.from(thrown);
      log.warn('cannot ask the API server who calls', { path: request.path, error });
      return { status: 503, body: 'the API server cannot be asked who you are: see the log of the operator\n' };
    }
  };
}

const unauthorized: Page = {
  status: 401,
  headers: { 'WWW-Authenticate': 'Bearer' },
  body: 'send the token of an account that may get this page: Authorization: Bearer …\n',
};

const busy: Page = { status: 429, headers: { 'Retry-After': '1' }, body: 'too many callers at once\n' };

function forbidden(path: string): Page {
  return { status: 403, body: `this account may not get ${path}: bind it to the ClusterRole metrics-reader\n` };
}
