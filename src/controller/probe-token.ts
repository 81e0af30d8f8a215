import type { MCPServer } from '../api/v1alpha1/mcp-server.ts';
import type { Token } from '../mcp/verify/tokens.ts';
import type { Client } from '../runtime/client.ts';
import { ApiError } from '../runtime/errors.ts';
import { secretValues } from './resources.ts';

/**
 * The bearer token that `spec.verify.auth` names. The verifier keeps it in memory for as long as probes need it
 * (`mcp/verify/tokens.ts`), and nothing else does.
 *
 * @returns undefined when the server names none, or the Secret is not there: that its metadata's watch tells. That a key
 *   is missing only the values show
 * @throws ApiError when it cannot be read for another reason
 */
export async function probeToken(client: Client, server: MCPServer | undefined): Promise<Token | undefined> {
  const ref = server?.spec.verify.auth?.secretKeyRef;
  if (server === undefined || ref === undefined) return undefined;
  try {
    const secret = await client.get(secretValues, server.metadata.namespace, ref.name);
    const encoded = secret.data?.[ref.key];
    if (encoded === undefined) return { missing: `Secret ${ref.name} has no key ${ref.key}` };
    return Buffer.from(encoded, 'base64').toString('utf8').trim();
  } catch (thrown) {
    const error = ApiError.from(thrown);
    if (error.code === 'NotFound') return undefined;
    throw error;
  }
}
