import type { Clock } from '../runtime/clock.ts';
import type { Line } from './dial.ts';
import { McpError } from './mcp-error.ts';
import type { Released } from './verdict.ts';

/** How long ending the sessions may take, in milliseconds: the pod that hangs must not hold the next probe. */
const END_MS = 1_000;

/** A server that hands out a new id with every answer gets this many of them back. */
const MOST = 8;

/** The answer to a DELETE says nothing that matters. */
const MOST_BYTES = 64 * 2 ** 10;

/** Long enough for a signed token, which some servers use as an id. */
const LONGEST = 8 * 2 ** 10;

/** The sessions that a server opened for one probe. */
export interface Sessions {
  /**
   * Takes note of the id in an answer's headers, whatever the answer was to: the Python SDK opens a session even for a
   * request that it then refuses.
   *
   * @returns the id; undefined when there is none
   * @throws McpError `ProtocolError` for an id that cannot be sent back (2025-11-25, "Session Management": visible ASCII)
   */
  note(headers: Readonly<Record<string, string>>): string | undefined;
  /** The revision to speak when ending them, once it is known. */
  speak(version: string): void;
  /** Ends them all with DELETE. Never rejects. */
  end(line: Line): Promise<Released>;
}

/**
 * @param path where the DELETE goes
 * @param headers sent with it
 */
export function createSessions(path: string, headers: Readonly<Record<string, string>>, clock: Clock): Sessions {
  const ids = new Set<string>();
  let version: string | undefined;

  async function end(line: Line, id: string, signal: AbortSignal): Promise<boolean> {
    let status: number | undefined;
    try {
      const response = await line.send(path, {
        method: 'DELETE',
        headers: {
          ...headers,
          'mcp-session-id': id,
          ...(version !== undefined && { 'mcp-protocol-version': version }),
        },
        signal,
      });
      status = response.status;
      let length = 0;
      // Read to its end, the connection to the API server can be used again.
      for await (const chunk of response.chunks) {
        length += chunk.length;
        if (length > MOST_BYTES) break;
      }
    } catch (error) {
      // Whatever went wrong, the session is the server's to end now, and `sessionsLeft` tells.
      void McpError.from(error);
    }
    // 405: the server ends sessions itself. 404: it has.
    return status !== undefined && ((status >= 200 && status < 300) || status === 404 || status === 405);
  }

  return {
    note(answer) {
      const id = answer['mcp-session-id'];
      if (id === undefined) return undefined;
      if (!/^[\x21-\x7e]+$/.test(id) || id.length > LONGEST) {
        throw new McpError('ProtocolError', 'an Mcp-Session-Id that is not visible ASCII of a sane length');
      }
      if (ids.size < MOST) ids.add(id);
      return id;
    },
    speak(spoken) {
      version = spoken;
    },
    async end(line) {
      if (ids.size === 0) return { sessions: 0, sessionsLeft: 0 };
      const controller = new AbortController();
      const cancel = clock.after(END_MS, () => {
        controller.abort(new McpError('HandshakeTimeout', 'the DELETE of the session was not answered'));
      });
      const ended = await Promise.all([...ids].map((id) => end(line, id, controller.signal)));
      cancel();
      return { sessions: ids.size, sessionsLeft: ended.filter((done) => !done).length };
    },
  };
}
