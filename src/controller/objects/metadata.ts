import type { MCPServer } from '../../api/v1alpha1/mcp-server.ts';
import type { ObjectMeta } from '../../runtime/object.ts';
import { apiVersionOf } from '../../runtime/resource.ts';
import { labelsFor } from '../labels.ts';
import { mcpServers } from '../resources.ts';

/**
 * The metadata of a child: the server's name and namespace, the common labels, and the owner reference by which the
 * garbage collector removes the child with its server.
 *
 * @param server the owner, as read from the API server (its uid is needed)
 */
export function childMetadata(server: MCPServer): ObjectMeta {
  const { name, namespace, uid } = server.metadata;
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels: labelsFor(name),
    ownerReferences: [
      {
        apiVersion: apiVersionOf(mcpServers),
        kind: mcpServers.kind,
        name,
        uid: uid ?? '',
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  };
}
