import type { MCPServer } from '../api/v1alpha1/mcp-server.ts';
import { group, plural } from '../api/v1alpha1/names.ts';
import { WebhookError } from './webhook-error.ts';

/** One question of the API server: admission.k8s.io/v1 AdmissionRequest, as far as it is read here. */
export interface AdmissionRequest {
  readonly uid: string;
  readonly operation: string;
  readonly namespace: string;
  /** `mcpservers`, without a subresource. Anything else is none of ours. */
  readonly isServer: boolean;
  /** What is to be stored; undefined for a DELETE. */
  readonly server: MCPServer | undefined;
  /** What is stored; undefined for a CREATE. */
  readonly before: MCPServer | undefined;
}

/** What is said to it. */
export interface Verdict {
  readonly allowed: boolean;
  /** Why not. */
  readonly refusal?: {
    /** HTTP status and reason of the Status that the user gets. */
    readonly code: number;
    readonly reason: string;
    readonly message: string;
    readonly causes?: readonly { readonly field: string; readonly message: string; readonly reason?: string }[];
  };
  /** Shown to the user by kubectl, each on its line. */
  readonly warnings: readonly string[];
}

/**
 * Reads a review. Only what decisions depend on is checked: an object that comes from the API server has passed the
 * schema, and a forged one can do no harm by its shape, as whatever is thrown later allows it unchecked.
 *
 * @throws WebhookError `Malformed`
 */
export function parseReview(body: string): AdmissionRequest {
  const review = parsed(body);
  const request = isRecord(review) ? review.request : undefined;
  if (!isRecord(request) || typeof request.uid !== 'string') {
    throw new WebhookError('Malformed', 'this is not an AdmissionReview of admission.k8s.io/v1');
  }
  const { uid, operation, namespace, resource, subResource } = request;
  const isServer = isRecord(resource) && resource.group === group && resource.resource === plural && !subResource;
  return {
    uid,
    operation: String(operation),
    namespace: String(namespace ?? ''),
    isServer,
    server: isServer ? serverIn(request.object, uid, String(namespace)) : undefined,
    before: isServer ? serverIn(request.oldObject, uid, String(namespace)) : undefined,
  };
}

/** The AdmissionReview that answers. */
export function answer(uid: string, { allowed, refusal, warnings }: Verdict): string {
  const response = {
    uid,
    allowed,
    ...(refusal === undefined ? {} : { status: statusOf(refusal) }),
    ...(warnings.length === 0 ? {} : { warnings }),
  };
  return JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response });
}

function statusOf({ code, reason, message, causes = [] }: NonNullable<Verdict['refusal']>) {
  return { code, reason, message, ...(causes.length === 0 ? {} : { details: { causes } }) };
}

/**
 * An MCPServer in a review; undefined when there is none.
 *
 * @param uid stands in for the object's own where it has none yet: its children's owner references need one
 */
function serverIn(object: unknown, uid: string, namespace: string): MCPServer | undefined {
  if (!isRecord(object)) return undefined;
  const { metadata, spec } = object;
  if (!isRecord(metadata) || !isRecord(spec) || typeof metadata.name !== 'string') {
    throw new WebhookError('Malformed', 'the object has no name or no spec');
  }
  if (metadata.namespace !== undefined && metadata.namespace !== namespace) {
    throw new WebhookError(
      'Malformed',
      `the object is in namespace ${metadata.namespace}, the request in ${namespace}`,
    );
  }
  // The parse boundary: the rest is as the schema has it.
  return { ...object, metadata: { ...metadata, namespace, uid: metadata.uid || uid } } as unknown as MCPServer;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    // No cause: the parser's message quotes what it stumbled over.
    throw new WebhookError('Malformed', 'the body is not JSON');
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
