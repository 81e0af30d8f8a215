import type { Dial } from '../dial.ts';
import { createBoundedHttp, readStart } from '../http.ts';
import { defaultLimits } from '../limits.ts';
import { McpError } from '../mcp-error.ts';

/**
 * Whether a pod serves its health path, for `health.type: Auto`.
 *
 * @param host the `Host` header
 * @returns false only for an answer that says so beyond doubt (404, 405); undefined for one that says nothing, such as a
 *   503 of a server that starts, or none at all
 */
export async function servesHealthPath(
  dial: Dial,
  path: string,
  host: string,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const line = dial.open();
  try {
    const answer = await createBoundedHttp(line, defaultLimits).send(path, {
      method: 'GET',
      headers: { host, accept: '*/*' },
      signal,
    });
    await readStart(answer, 1);
    if (answer.status >= 200 && answer.status < 400) return true;
    return answer.status === 404 || answer.status === 405 ? false : undefined;
  } catch (thrown) {
    // Whatever it is, the handshake has just told it, and in better words.
    McpError.from(thrown);
    return undefined;
  } finally {
    line.close();
  }
}
