/** One request, as the API server's audit log has it (audit.k8s.io/v1 Event). */
export interface AuditedRequest {
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`. */
  readonly verb: string;
  /** With its subresource: `mcpservers/status`. For a path that is no resource: the path. */
  readonly resource: string;
  readonly code: number;
  /** When it was received, in milliseconds since the epoch. */
  readonly at: number;
}

const readVerbs: ReadonlySet<string> = new Set(['get', 'list', 'watch']);

/**
 * Reads a line.
 *
 * @param users whose requests count
 * @returns undefined for a request of somebody else, and for a second entry on the same request
 */
export function parseAuditLine(line: string, users: ReadonlySet<string>): AuditedRequest | undefined {
  const entry: {
    readonly stage: string;
    readonly verb: string;
    readonly requestURI: string;
    readonly user: { readonly username: string };
    readonly objectRef?: { readonly resource?: string; readonly subresource?: string };
    readonly responseStatus?: { readonly code?: number };
    readonly requestReceivedTimestamp: string;
  } = JSON.parse(line);
  if (!users.has(entry.user.username)) return undefined;
  // A watch is told when it begins and again when it ends; every other request when it ends.
  const first = entry.verb === 'watch' ? 'ResponseStarted' : 'ResponseComplete';
  if (entry.stage !== first) return undefined;
  const { resource, subresource } = entry.objectRef ?? {};
  const path = new URL(entry.requestURI, 'http://server').pathname;
  return {
    verb: entry.verb,
    resource: resource === undefined ? path : subresource === undefined ? resource : `${resource}/${subresource}`,
    code: entry.responseStatus?.code ?? 0,
    at: Date.parse(entry.requestReceivedTimestamp),
  };
}

/** How many requests there were. */
export interface RequestCounts {
  readonly writes: number;
  readonly gets: number;
  readonly lists: number;
  readonly watches: number;
  /** Answers of 400 and more, among all of these. */
  readonly refused: number;
  /** The writes, as `patch deployments` to their number. */
  readonly writesBy: Readonly<Record<string, number>>;
}

/** Sums up. Reviews of access and of tokens are reads, though they are sent by POST. */
export function countRequests(requests: readonly AuditedRequest[]): RequestCounts {
  const writesBy: Record<string, number> = {};
  const counts = { writes: 0, gets: 0, lists: 0, watches: 0, refused: 0 };
  for (const { verb, resource, code } of requests) {
    if (code >= 400) counts.refused += 1;
    if (verb === 'list') counts.lists += 1;
    else if (verb === 'watch') counts.watches += 1;
    else if (readVerbs.has(verb) || resource.endsWith('reviews')) counts.gets += 1;
    else {
      counts.writes += 1;
      const what = `${verb} ${resource}`;
      writesBy[what] = (writesBy[what] ?? 0) + 1;
    }
  }
  return { ...counts, writesBy };
}
