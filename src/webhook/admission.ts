import type { MCPServer } from '../api/v1alpha1/mcp-server.ts';
import type { Snapshot } from '../controller/snapshot.ts';
import type { Client } from '../runtime/client.ts';
import type { Budget } from './budget.ts';
import { type Outlook, outlookOf } from './dry-run.ts';
import type { AdmissionRequest, Verdict } from './review.ts';
import { warningsFor } from './warnings.ts';
import { WebhookError } from './webhook-error.ts';

/** What admission is made of. */
export interface AdmissionParts {
  /** Only reads and dry runs are sent. */
  readonly client: Pick<Client, 'apply' | 'get'>;
  /** What is known about a server that may not be stored yet. */
  readonly snapshotOf: (server: MCPServer) => Snapshot;
  /** Whether a Secret exists; true when nobody can tell. */
  readonly secretExists: (namespace: string, name: string) => boolean;
  /** Whether the operator does anything in a namespace. */
  readonly isWatched: (namespace: string) => boolean;
  readonly budget: Budget;
}

const allowed: Verdict = { allowed: true, warnings: [] };

/**
 * Whether an MCPServer may be stored.
 *
 * Only what cannot work is refused, and only with certainty: a name that is taken, and children that the API server
 * would not take. What may be over in a moment is told as a warning; the controller then reports it in `Accepted`.
 *
 * @param signal gives the checking up
 * @throws WebhookError, which the caller turns into "allowed, unchecked"
 */
export async function admit(parts: AdmissionParts, request: AdmissionRequest, signal: AbortSignal): Promise<Verdict> {
  const { server, before, operation } = request;
  if (!request.isServer || server === undefined || (operation !== 'CREATE' && operation !== 'UPDATE')) return allowed;
  if (!parts.isWatched(request.namespace) || server.metadata.deletionTimestamp !== undefined) return allowed;
  // Labels, annotations and finalizers: whoever changes those alone is not told about the spec.
  if (before !== undefined && isSame(before.spec, server.spec)) return allowed;

  const secretExists = (name: string) => parts.secretExists(request.namespace, name);
  const warnings = warningsFor(server, { secretExists });
  const leave = await enter(parts.budget, signal);
  if (leave === undefined) return { allowed: true, warnings: [...warnings, unchecked('too many are being written')] };
  try {
    const outlook = await outlookOf(parts.client, parts.snapshotOf(server), signal);
    return await weigh(parts, outlook, before, warnings, signal);
  } finally {
    leave();
  }
}

/** What a user is told of a check that was not made. */
export function unchecked(why: string): string {
  return `this MCPServer was not checked (${why}): its condition Accepted will say whether it can be carried out`;
}

async function weigh(
  parts: AdmissionParts,
  { foreign, refusal, doubt }: Outlook,
  before: MCPServer | undefined,
  warnings: readonly string[],
  signal: AbortSignal,
): Promise<Verdict> {
  const warn = (more: string): Verdict => ({ allowed: true, warnings: [...warnings, more] });
  if (foreign !== undefined) {
    // A server that exists has been told so already, and must stay changeable: to be stopped, for one.
    if (before !== undefined) return warn(foreign);
    return { allowed: false, refusal: { code: 409, reason: 'Conflict', message: foreign }, warnings };
  }
  if (refusal !== undefined) {
    // What was so before is not this change's fault, and a change that makes nothing worse goes through.
    const wasSo = before === undefined ? undefined : await outlookOf(parts.client, parts.snapshotOf(before), signal);
    if (wasSo?.refusal?.message === refusal.message) return warn(refusal.message);
    return { allowed: false, refusal, warnings };
  }
  return doubt === undefined ? { allowed: true, warnings } : warn(doubt);
}

async function enter(budget: Budget, signal: AbortSignal): Promise<(() => void) | undefined> {
  try {
    return await budget.enter(signal);
  } catch (thrown) {
    if (thrown instanceof WebhookError && thrown.code === 'Busy') return undefined;
    throw thrown;
  }
}

/** Equal as JSON, whatever the order of fields. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [Object.entries(a), new Map(Object.entries(b))];
  return left.length === right.size && left.every(([key, value]) => right.has(key) && isSame(value, right.get(key)));
}
