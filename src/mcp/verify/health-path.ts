import type { Clock } from '../../runtime/clock.ts';
import type { Dial } from '../dial.ts';
import { McpError } from '../mcp-error.ts';

/** The question, and how it is put. */
export interface HealthQuestion {
  readonly dial: Dial;
  readonly path: string;
  /** In milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Gives up early. */
  readonly signal: AbortSignal;
}

/** Client errors that another time may not have. */
const passing: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * Whether a kubelet's probe of a pod's health path passes, for `health.type: Auto`. The body is not read: the kubelet
 * decides by the status.
 *
 * @returns false only for an answer that says beyond doubt that the request will never do: there is no such path (404,
 *   405), it wants credentials, which a kubelet never sends (401, 403), or a name in `Host`, where a kubelet has the
 *   pod's address (403, 421). Undefined for one that says nothing, such as a 503 of a server that starts, or none at all.
 *   Never rejects
 */
export async function servesHealthPath(question: HealthQuestion): Promise<boolean | undefined> {
  const { dial, path, timeoutMs, clock, signal } = question;
  const deadline = new AbortController();
  const cancel = clock.after(timeoutMs, () => deadline.abort(new McpError('HandshakeTimeout', 'no answer in time')));
  const line = dial.open();
  try {
    const { status, destroy } = await line.send(path, {
      method: 'GET',
      headers: { accept: '*/*' },
      signal: AbortSignal.any([signal, deadline.signal]),
    });
    destroy();
    if (status >= 200 && status < 400) return true;
    return status >= 400 && status < 500 && !passing.has(status) ? false : undefined;
  } catch (thrown) {
    // Whatever it is, the handshake has just told it, and in better words.
    void McpError.from(thrown);
    return undefined;
  } finally {
    cancel();
    line.close();
  }
}
