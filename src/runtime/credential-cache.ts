import type { Clock } from './clock.ts';
import type { Connection, Credentials } from './connection.ts';
import { sameTls } from './connection.ts';

/**
 * How old credentials may be before they are read again, in milliseconds. client-go reads a token file once a minute;
 * a token that ends earlier shows itself by a 401, which reads at once.
 */
export const CREDENTIAL_MAX_AGE_MS = 60_000;

/** How soon a failed read is tried again, in milliseconds: not on every request, as it may run a program. */
const RETRY_AFTER_MS = 5_000;

/**
 * Keeps credentials for a minute, and makes many callers share one read.
 *
 * @param read reads the files, runs the plugin
 */
export function cacheCredentials(
  clock: Clock,
  read: () => Promise<Credentials>,
): Pick<Connection, 'credentials' | 'refresh'> {
  let known: Credentials | undefined;
  let goodUntil = Number.NEGATIVE_INFINITY;
  let reading: Promise<Credentials> | undefined;

  async function readNow(): Promise<Credentials> {
    const fresh = await read();
    known = { headers: fresh.headers, tls: sameTls(known?.tls, fresh.tls) };
    goodUntil = clock.monotonic() + CREDENTIAL_MAX_AGE_MS;
    return known;
  }

  function refresh(): Promise<Credentials> {
    reading ??= readNow().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  return {
    refresh,
    async credentials() {
      if (known !== undefined && clock.monotonic() < goodUntil) return known;
      try {
        return await refresh();
      } catch (error) {
        // A volume that is being swapped, or a plugin that stumbles once, must not stop a process whose credentials
        // may well be valid still. If they are not, the 401 that follows calls `refresh`, and that failure is shown.
        if (known === undefined) throw error;
        goodUntil = clock.monotonic() + RETRY_AFTER_MS;
        return known;
      }
    },
  };
}
