import { McpError } from './mcp-error.ts';

/** One event of a stream. */
export interface SseEvent {
  /** `message` when the stream names none. */
  readonly type: string;
  /** The data lines, joined with line feeds. Empty for the event that primes a client to reconnect (2025-11-25). */
  readonly data: string;
}

/** Takes bytes as they come and returns the events that are complete. */
export interface SseParser {
  /**
   * @param chunk cut anywhere, also inside a character or between CR and LF
   * @throws McpError `ProtocolError` for what is not UTF-8, `TooLarge` for an event above the limit
   */
  push(chunk: Uint8Array): readonly SseEvent[];
}

const LF = 10;
const CR = 13;
const COLON = 58;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/**
 * A parser of server-sent events (WHATWG HTML, section 9.2), over bytes: lines end with LF, CR or CRLF, comments are
 * dropped as they come, an event that the stream ends in is none. Event ids and retry times are ignored, as a probe
 * never reconnects.
 *
 * @param maxEventBytes the most that one event may take. Comments take nothing, so the caller bounds the whole stream
 */
export function createSseParser(maxEventBytes: number): SseParser {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  /** The parts of the line so far. */
  let parts: Uint8Array[] = [];
  let lineBytes = 0;
  let eventBytes = 0;
  let comment = false;
  /** The last chunk ended with CR: an LF at the start of the next one belongs to it. */
  let pendingLf = false;
  /** How much of a byte order mark has been seen; undefined once it cannot come any more. */
  let mark: number | undefined = 0;
  let type = '';
  let data: string[] = [];

  function keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (lineBytes === 0 && bytes[0] === COLON) comment = true;
    lineBytes += bytes.length;
    if (comment) return;
    if (eventBytes + lineBytes > maxEventBytes) {
      throw new McpError('TooLarge', `an event of the stream is larger than ${maxEventBytes} bytes`);
    }
    // A copy: the caller may use its buffer again.
    parts.push(Uint8Array.from(bytes));
  }

  function endLine(events: SseEvent[]): void {
    const line = comment ? undefined : decode(parts, lineBytes);
    if (!comment) eventBytes += lineBytes;
    parts = [];
    lineBytes = 0;
    comment = false;
    if (line === undefined) return;
    if (line !== '') field(line);
    else dispatch(events);
  }

  function decode(bytes: readonly Uint8Array[], length: number): string {
    if (length === 0) return '';
    try {
      return decoder.decode(bytes.length === 1 ? bytes[0] : Buffer.concat(bytes, length));
    } catch (error) {
      throw new McpError('ProtocolError', 'the event stream is not UTF-8', { cause: error });
    }
  }

  function field(line: string): void {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const rest = colon < 0 ? '' : line.slice(colon + 1);
    const value = rest.startsWith(' ') ? rest.slice(1) : rest;
    if (name === 'data') data.push(value);
    else if (name === 'event') type = value;
  }

  function dispatch(events: SseEvent[]): void {
    if (data.length > 0) events.push({ type: type === '' ? 'message' : type, data: data.join('\n') });
    type = '';
    data = [];
    eventBytes = 0;
  }

  /** Drops a byte order mark at the start of the stream, however it is cut. */
  function withoutMark(chunk: Uint8Array): Uint8Array {
    let at = 0;
    while (mark !== undefined && at < chunk.length) {
      if (chunk[at] === BYTE_ORDER_MARK[mark]) {
        at++;
        mark = mark === 2 ? undefined : mark + 1;
        continue;
      }
      const seen = Uint8Array.from(BYTE_ORDER_MARK.slice(0, mark));
      mark = undefined;
      keep(seen);
    }
    return chunk.subarray(at);
  }

  return {
    push(received) {
      const events: SseEvent[] = [];
      const chunk = withoutMark(received);
      let from = 0;
      if (pendingLf && chunk.length > 0) {
        pendingLf = false;
        if (chunk[0] === LF) from = 1;
      }
      let lf = chunk.indexOf(LF, from);
      let cr = chunk.indexOf(CR, from);
      while (lf >= 0 || cr >= 0) {
        const at = cr < 0 || (lf >= 0 && lf < cr) ? lf : cr;
        keep(chunk.subarray(from, at));
        endLine(events);
        from = at + 1;
        if (at === cr) {
          if (from === chunk.length) pendingLf = true;
          else if (chunk[from] === LF) from++;
          cr = chunk.indexOf(CR, from);
        }
        if (lf >= 0 && lf < from) lf = chunk.indexOf(LF, from);
      }
      keep(chunk.subarray(from));
      return events;
    },
  };
}
