/** One HTTP request to a pod. */
export interface DialRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Lower-case names. `host` is the line's own. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Ends it at once, at whatever point it is: its reason is what the caller sees. */
  readonly signal: AbortSignal;
  /** Called when there is a connection to send on, so that a timeout can tell "no connection" from "no answer". */
  readonly onConnect?: (() => void) | undefined;
}

/** An answer whose headers are there. */
export interface DialResponse {
  readonly status: number;
  /** Lower-case names; a repeated header's values are joined with commas. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * The body as it comes, not decoded. To be read once; leaving the loop early closes the connection.
   * Throws McpError: `ConnectionLost`, or the signal's reason.
   */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Closes the connection without reading on. */
  destroy(): void;
}

/** A way to one pod for the time of one probe. Never follows a redirect, never decodes a body. */
export interface Line {
  /**
   * Sends a request and returns when the headers of its answer are there.
   *
   * @param path path and query; starts with `/`
   * @throws McpError `Unreachable`, `ConnectionLost`, `NotMCP` (not HTTP), `TooLarge` (headers),
   *   `ProbeError` (our side), or the signal's reason
   */
  send(path: string, request: DialRequest): Promise<DialResponse>;
  /** Destroys every socket of the line, whatever it is doing. */
  close(): void;
}

/** How pods are reached: straight (`direct-dial.ts`), or through the API server (`pod-proxy-dial.ts`). */
export interface Dial {
  /** False when `authorization` would not arrive: the API server takes it for its own. */
  readonly carriesCredentials: boolean;
  /** A line to the pod. Opens no socket yet. */
  open(): Line;
}
