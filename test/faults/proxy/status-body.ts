import type { StatusAnswer } from './fault.ts';

/** The reasons that the API server gives (apimachinery, `metav1.StatusReason`). */
const reasons: Readonly<Record<StatusAnswer['status'], string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  429: 'TooManyRequests',
  500: 'InternalError',
  502: '',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** What is sent instead of the API server's answer. */
export interface FakeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * A refusal as it comes in reality: a Status of the API server; for 502 the page of a load balancer before it.
 */
export function fakeAnswer({ status, retryAfter }: StatusAnswer): FakeAnswer {
  const wait: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  if (status === 502) {
    const body = '<html><head><title>502 Bad Gateway</title></head><body>{"kind":</body></html>\n';
    return { status, headers: { 'content-type': 'text/html', ...wait }, body };
  }
  return {
    status,
    headers: { 'content-type': 'application/json', ...wait },
    body: JSON.stringify(statusObject(status)),
  };
}

/** A Status object, such as an ERROR event carries. */
export function statusObject(code: StatusAnswer['status']): object {
  const reason = reasons[code];
  const message = code === 410 ? 'too old resource version (fault)' : `the fault proxy answers ${code}`;
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
}
