import type { Clock } from '../runtime/clock.ts';
import type { Page, PageHandler, PageRequest } from '../runtime/http-server.ts';
import type { Logger } from '../runtime/log.ts';
import { unchecked } from './admission.ts';
import { type AdmissionRequest, answer, parseReview, type Verdict } from './review.ts';
import { WebhookError } from './webhook-error.ts';
import type { Outcome, WebhookMetrics } from './webhook-metrics.ts';

/** What serving admission is made of. */
export interface WebhookPageOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: WebhookMetrics;
  /** Decides about a request. */
  readonly admit: (request: AdmissionRequest, signal: AbortSignal) => Promise<Verdict>;
  /** True for a path that only the API server knows. */
  readonly isGenuine: (path: string) => boolean;
}

/** An object is 3 MiB at most on its way through the API server, and an update brings two of them. */
export const MAX_REVIEW_BYTES = 8 * 2 ** 20;

/** What the API server waits when it does not say. */
const DEFAULT_TIMEOUT_MS = 10_000;

/**
 * Answers AdmissionReviews. Whatever goes wrong here, the object is allowed, with a warning: what the webhook checks,
 * the controller finds out as well, and an operator in trouble must not keep anybody from working.
 *
 * Whoever calls without showing that it is the API server gets "allowed" too, and nothing is looked at for it: so it
 * learns nothing and costs nothing.
 */
export function createWebhookPage({ clock, log, metrics, admit, isGenuine }: WebhookPageOptions): PageHandler {
  async function review({ path, query, body }: PageRequest): Promise<Page> {
    const request = parseReview(body);
    if (!isGenuine(path)) {
      metrics.decided('unknown-caller');
      return page(request.uid, { allowed: true, warnings: [] });
    }
    const [verdict, outcome] = await decide(request, timeoutIn(query.get('timeout')));
    metrics.decided(outcome);
    return page(request.uid, verdict);
  }

  async function decide(request: AdmissionRequest, timeoutMs: number): Promise<readonly [Verdict, Outcome]> {
    const late = new AbortController();
    // Before the API server gives up: its own words for that are no help to anybody.
    const limitMs = timeoutMs * 0.8;
    const cancel = clock.after(limitMs, () => late.abort(new WebhookError('Late', `it took more than ${limitMs} ms`)));
    try {
      const verdict = await untilAborted(admit(request, late.signal), late.signal);
      return [verdict, verdict.allowed ? 'allowed' : 'denied'];
    } catch (thrown) {
      const error = WebhookError.from(thrown);
      log.warn('an MCPServer is admitted without a check', { namespace: request.namespace, error });
      const why = error.code === 'Late' ? 'it took too long' : 'the operator has a problem, see its log';
      return [{ allowed: true, warnings: [unchecked(why)] }, 'unchecked'];
    } finally {
      cancel();
    }
  }

  return async (request) => {
    const end = metrics.begin();
    let status = 500;
    try {
      const answered = await review(request);
      status = answered.status;
      return answered;
    } catch (thrown) {
      const error = WebhookError.from(thrown);
      if (error.code !== 'Malformed') throw thrown;
      status = 400;
      return { status, body: `${error.message}\n` };
    } finally {
      end(status);
    }
  };
}

function page(uid: string, verdict: Verdict): Page {
  return { status: 200, contentType: 'application/json', body: answer(uid, verdict) };
}

/** What does not listen to the signal is left behind. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    promise.then(resolve, reject);
  });
}

/** The API server says how long it waits: `?timeout=10s`, Go's notation, whole seconds from 1 to 30. */
function timeoutIn(text: string | null): number {
  const seconds = Number(/^(\d{1,2})s$/.exec(text ?? '')?.[1]);
  return seconds >= 1 && seconds <= 30 ? seconds * 1_000 : DEFAULT_TIMEOUT_MS;
}
