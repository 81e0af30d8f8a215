import type { PlainMcpServer } from '../plain-mcp-server.ts';
import { startPlainMcpServer } from '../plain-mcp-server.ts';

/** Redirects everything. */
export function startRedirectingServer(location: string, status = 307): Promise<PlainMcpServer> {
  return startPlainMcpServer((call) => {
    call.send(status, '', { location });
    return true;
  });
}

/** A web page for every path and method, as single-page applications serve. */
export function startWebPage(status = 200): Promise<PlainMcpServer> {
  const page =
    '<!doctype html><html><head><title>Grafana</title><script>var a = 1;</script></head><body>Log in</body></html>';
  return startPlainMcpServer((call) => {
    call.send(status, page, { 'content-type': 'text/html; charset=utf-8' });
    return true;
  });
}

/** 500 for every second request. */
export function startFlakyServer(): Promise<PlainMcpServer> {
  return startPlainMcpServer((call) => {
    if (call.count % 2 === 1) return false;
    call.send(500, `worker ${call.count} crashed`, { 'content-type': 'text/plain' });
    return true;
  });
}

/** 429 for everything. */
export function startRateLimiter(retryAfter: string): Promise<PlainMcpServer> {
  return startPlainMcpServer((call) => {
    call.send(429, 'slow down', { 'retry-after': retryAfter });
    return true;
  });
}

/** 403 for every Host but one, as a guard against DNS rebinding answers. */
export function startHostGuard(allowed: (host: string) => boolean): Promise<PlainMcpServer> {
  return startPlainMcpServer((call) => {
    if (allowed(String(call.headers.host))) return false;
    call.error(403, -32000, `Invalid Host: ${call.headers.host}`);
    return true;
  });
}

/** Wants a bearer token. `paths` are documents that it serves to anybody, by path. */
export function startLockedServer(
  token: string,
  challenge: string | undefined,
  paths: Readonly<Record<string, string>> = {},
): Promise<PlainMcpServer> {
  return startPlainMcpServer((call) => {
    const document = paths[call.path];
    if (document !== undefined) {
      call.send(200, document, { 'content-type': 'application/json' });
      return true;
    }
    if (call.headers.authorization === `Bearer ${token}`) return false;
    call.send(401, '', challenge === undefined ? {} : { 'www-authenticate': challenge });
    return true;
  });
}
