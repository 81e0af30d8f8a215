import type { McpErrorCode } from './mcp-error.ts';

/** What to do about each verdict, where the error itself does not know better. Each continues a message after "; ". */
const advice: Readonly<Record<McpErrorCode, string>> = {
  AuthRequired: 'name a Secret with a bearer token in spec.verify.auth.secretKeyRef, so that the operator can verify',
  AuthRejected: 'put a token that the server accepts into the Secret that spec.verify.auth.secretKeyRef names',
  Refused: 'let the server accept requests of the operator',
  RateLimited: "raise the server's rate limit for the operator, or spec.verify.interval",
  ServerError: "look at the pod's log for the error",
  Redirected: 'redirects are never followed: set spec.path to where the server serves MCP without one',
  NotMCP: 'check that spec.port and spec.path are where the server serves MCP',
  WrongTransport: 'set spec.transport to what the server speaks',
  UnsupportedVersion: 'use a server, or an operator, with a version of MCP that the other one knows',
  ProtocolError: 'report it to the author of the server: clients will fail on it too',
  TooLarge: 'let the server answer with less: clients and models will not bear it either',
  HandshakeTimeout: "look at the pod's log, and raise spec.verify.timeout if the server is only slow",
  ConnectionLost: "look at the pod's log: the server closed the connection or crashed",
  Unreachable:
    'check that the server listens on spec.port on all addresses, and that no NetworkPolicy keeps the operator out',
  ProbeError: "look at the operator's log; the server is not to blame",
  Aborted: 'nothing: the probe was given up',
};

/** What to do about a verdict. */
export function adviceFor(code: McpErrorCode): string {
  return advice[code];
}
