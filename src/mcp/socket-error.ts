import { codeOf } from '../runtime/network-error.ts';
import { McpError } from './mcp-error.ts';

/** No connection came about, and why. */
const unreachable: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused: nothing listens on that port',
  EHOSTUNREACH: 'no route to the pod',
  ENETUNREACH: 'no route to the pod network',
  EADDRNOTAVAIL: 'the address cannot be reached from here',
  EINVAL: 'the address cannot be reached from here',
  ENOTFOUND: 'the host name does not resolve',
  EAI_AGAIN: 'the host name could not be resolved',
  ETIMEDOUT: 'the connection timed out',
};

/** A connection was there and went. `ECONNRESET` is also Node's code for a connection that was closed in peace. */
const lost: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE']);

/** Our own limits. */
const ours: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

/**
 * What went wrong below HTTP, or while parsing it, as an McpError.
 *
 * @param thrown what `node:http` reported
 * @param answered true when the headers of the answer had been there
 */
export function socketError(thrown: unknown, answered: boolean): McpError {
  if (thrown instanceof McpError) return thrown;
  const code = codeOf(thrown) ?? '';
  const options = { cause: thrown };
  const why = unreachable[code];
  if (why !== undefined && !answered) return new McpError('Unreachable', why, options);
  if (ours.has(code)) return new McpError('ProbeError', `the operator is out of sockets or memory (${code})`, options);
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new McpError('TooLarge', 'headers larger than a probe accepts', options);
  }
  if (code.startsWith('HPE_')) {
    return answered
      ? new McpError('ProtocolError', `a body that breaks the rules of HTTP (${code})`, options)
      : new McpError('NotMCP', `something that is not HTTP (${code})`, options);
  }
  if (lost.has(code) || why !== undefined) {
    const when = answered ? 'in the middle of the answer' : 'without an answer';
    return new McpError('ConnectionLost', `the connection was closed ${when}`, options);
  }
  return McpError.from(thrown);
}
