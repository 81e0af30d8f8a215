import type { MCPServer } from '../../api/v1alpha1/mcp-server.ts';
import { PORT_NAME, selectorFor } from '../labels.ts';
import type { Service } from '../resources.ts';
import { withAppliedHash } from './applied-hash.ts';
import { childMetadata } from './metadata.ts';

/** `spec.sessionAffinity` of a core Service. */
export type Affinity = 'ClientIP' | 'None';

/**
 * The Service of an MCPServer: ClusterIP, on the server's own port.
 *
 * The target is the port's name, not its number, so that while a port change rolls out each pod is reached on the
 * port that it really listens on.
 *
 * @param server an MCPServer with the API server's defaults filled in
 * @param affinity whether one client always reaches the same pod
 */
export function serviceFor(server: MCPServer, affinity: Affinity): Service {
  return withAppliedHash({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: childMetadata(server),
    spec: {
      type: 'ClusterIP',
      sessionAffinity: affinity,
      selector: selectorFor(server.metadata.name),
      ports: [{ name: PORT_NAME, port: server.spec.port, targetPort: PORT_NAME, protocol: 'TCP', appProtocol: 'http' }],
    },
  });
}
