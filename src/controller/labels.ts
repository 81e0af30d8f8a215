/** Names that the controller puts on objects. Part of the public contract: selectors and dashboards depend on them. */

/** The field manager of every apply. */
export const FIELD_MANAGER = 'smooth-operator';

/** On every child and pod: the name of its MCPServer. The Deployment's selector is this label alone. */
export const SERVER_LABEL = 'mcp.mcp.dev/server';

/** On every child: the hash of what was last applied (see objects/applied-hash.ts). */
export const HASH_ANNOTATION = 'mcp.mcp.dev/applied-hash';

export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';

/** The readiness gate of pods whose readiness the handshake decides, and the pod condition of the same name (KEP-580). */
export const VERIFIED_GATE = 'mcp.mcp.dev/verified';

/** The one container of a server's pod, and the name of its one port. */
export const CONTAINER_NAME = 'mcp-server';
export const PORT_NAME = 'http';

/**
 * The labels of everything that belongs to one MCPServer.
 *
 * @param name the MCPServer's name
 */
export function labelsFor(name: string): Readonly<Record<string, string>> {
  return {
    app: name,
    'app.kubernetes.io/name': 'mcp-server',
    'app.kubernetes.io/instance': name,
    'app.kubernetes.io/component': 'server',
    [MANAGED_BY_LABEL]: FIELD_MANAGER,
    [SERVER_LABEL]: name,
  };
}

/**
 * The labels by which pods are selected. Immutable in a Deployment, so nothing that can change belongs here.
 *
 * @param name the MCPServer's name
 */
export function selectorFor(name: string): Readonly<Record<string, string>> {
  return { [SERVER_LABEL]: name };
}
