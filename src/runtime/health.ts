import type { Page, PageHandler } from './http-server.ts';
import type { Logger } from './log.ts';

/** Looks at one thing. Returns undefined when it is well, else what is wrong, in words for a person. */
export type Check = () => string | undefined;

/** `healthz`: restart me when this fails. `readyz`: I am not to be counted on while this fails. */
export type HealthEndpoint = 'healthz' | 'readyz';

/** The named checks of this process. */
export interface Health {
  /**
   * Adds a check.
   *
   * @param name lower case with dashes; it is the last part of the check's own path, `/readyz/NAME`
   */
  add(endpoint: HealthEndpoint, name: string, check: Check): void;
  /** Serves `/healthz`, `/readyz` and `/healthz/NAME`, `/readyz/NAME`; to be given to an HTTP server. */
  readonly page: PageHandler;
}

/**
 * Health as controller-runtime and the API server serve it, in their text format: `ok`, or with `?verbose` and on failure
 * a line for each check; `?exclude=NAME` leaves one out. Unlike theirs a failure gives its reason, since ours are no
 * secrets. `ping` is always there.
 */
export function createHealth(log: Logger): Health {
  const checks: Record<HealthEndpoint, Map<string, Check>> = {
    healthz: new Map([['ping', () => undefined]]),
    readyz: new Map([['ping', () => undefined]]),
  };
  return {
    add(endpoint, name, check) {
      checks[endpoint].set(name, check);
    },
    page({ path, query }) {
      const [, endpoint, name, more] = path.split('/');
      if ((endpoint !== 'healthz' && endpoint !== 'readyz') || more !== undefined) return undefined;
      if (name === undefined) return overall(endpoint, checks[endpoint], query, log);
      const check = checks[endpoint].get(name);
      return check === undefined ? undefined : single(check);
    },
  };
}

function single(check: Check): Page {
  const wrong = look(check);
  return wrong === undefined ? { status: 200, body: 'ok' } : { status: 500, body: `${wrong}\n` };
}

function overall(endpoint: string, checks: ReadonlyMap<string, Check>, query: URLSearchParams, log: Logger): Page {
  const excluded = new Set(query.getAll('exclude'));
  const lines: string[] = [];
  const failed: string[] = [];
  for (const [name, check] of checks) {
    if (excluded.delete(name)) {
      lines.push(`[+]${name} excluded: ok`);
      continue;
    }
    const wrong = look(check);
    if (wrong === undefined) lines.push(`[+]${name} ok`);
    else {
      lines.push(`[-]${name} failed: ${wrong}`);
      failed.push(name);
    }
  }
  if (excluded.size > 0) {
    const names = [...excluded].map((name) => JSON.stringify(name)).join(', ');
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names}`);
  }
  if (failed.length > 0) {
    log.debug('health check failed', { endpoint, failed });
    return { status: 500, body: `${lines.join('\n')}\n${endpoint} check failed\n` };
  }
  return { status: 200, body: query.has('verbose') ? `${lines.join('\n')}\n${endpoint} check passed\n` : 'ok' };
}

/** A check that throws has failed: the page is for finding out what is wrong, so it must not break itself. */
function look(check: Check): string | undefined {
  try {
    return check();
  } catch (error) {
    return `the check itself threw: ${error instanceof Error ? error.message : String(error)}`;
  }
}
