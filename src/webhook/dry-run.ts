import { classify } from '../controller/refusals.ts';
import type { ChildKind, Deployment, Service } from '../controller/resources.ts';
import { deployments, services } from '../controller/resources.ts';
import type { Snapshot } from '../controller/snapshot.ts';
import { foreignMessage, standingOf } from '../controller/standing.ts';
import { type ChildVerdict, verdictOn } from '../controller/verdict.ts';
import { words } from '../controller/words.ts';
import type { Client } from '../runtime/client.ts';
import { ApiError, isTerminal } from '../runtime/errors.ts';
import type { Resource } from '../runtime/resource.ts';
import { serverCause } from './field-names.ts';
import type { Verdict } from './review.ts';

/** What would come of a server's children. */
export interface Outlook {
  /** Somebody else's object under a child's name, in words. */
  readonly foreign?: string;
  /** The API server, or a policy of the cluster, says no to a child. */
  readonly refusal?: NonNullable<Verdict['refusal']>;
  /** What may be over by the time that the controller tries, or says nothing about the server. */
  readonly doubt?: string;
}

const resourceOf: Readonly<Record<ChildKind, Resource<Deployment | Service>>> = {
  Deployment: deployments,
  Service: services,
};

/** A policy may have a lot to say, and the API server cuts long messages. */
const MAX_WORDS = 1_000;

/**
 * Asks the API server what it would say to the children of a server, by the very applies that the controller would send
 * next, as dry runs: they go through every check and store nothing.
 *
 * @param client its dry runs need no lease
 * @param signal gives up; its reason is thrown
 * @returns what was found of the first child that is not well
 */
export async function outlookOf(
  client: Pick<Client, 'apply' | 'get'>,
  snapshot: Snapshot,
  signal: AbortSignal,
): Promise<Outlook> {
  const kinds: readonly ChildKind[] = ['Deployment', 'Service'];
  const outlooks = await Promise.all(kinds.map((kind) => tryOne(client, snapshot, verdictOn(snapshot, kind), signal)));
  const first = (aspect: keyof Outlook) => outlooks.find((outlook) => outlook[aspect] !== undefined);
  return first('foreign') ?? first('refusal') ?? first('doubt') ?? {};
}

async function tryOne(
  client: Pick<Client, 'apply' | 'get'>,
  snapshot: Snapshot,
  { kind, wish, verdict }: ChildVerdict,
  signal: AbortSignal,
): Promise<Outlook> {
  if (verdict.type === 'foreign') return { foreign: verdict.message };
  if (verdict.type !== 'apply') return {};
  const live = snapshot.children[kind];
  const isNew = verdict.how === 'create' || live === undefined;
  // As the controller guards it: see act.ts.
  const guard = isNew ? { resourceVersion: '1' } : { uid: live.metadata.uid ?? '' };
  try {
    const guarded = { ...wish, metadata: { ...wish.metadata, ...guard } };
    await client.apply(resourceOf[kind], guarded, { force: !isNew, dryRun: true, signal });
    return {};
  } catch (thrown) {
    signal.throwIfAborted();
    const error = ApiError.from(thrown);
    if (isNew && (error.code === 'Conflict' || error.code === 'AlreadyExists')) {
      return await whoIsThere(client, snapshot, kind, wish);
    }
    return judge(error, kind, wish, snapshot);
  }
}

/** The name is taken: by a stranger, or by ours, of which the cache has not heard. */
async function whoIsThere(
  client: Pick<Client, 'get'>,
  snapshot: Snapshot,
  kind: ChildKind,
  wish: Deployment | Service,
): Promise<Outlook> {
  try {
    const live = await client.get(resourceOf[kind], wish.metadata.namespace, wish.metadata.name);
    return standingOf(snapshot, live) === 'foreign' ? { foreign: foreignMessage(kind, live) } : {};
  } catch (thrown) {
    const error = ApiError.from(thrown);
    // Gone in the meantime: then it is in nobody's way.
    return error.code === 'NotFound' ? {} : { doubt: doubtOf(error) };
  }
}

function judge(error: ApiError, kind: ChildKind, wish: Deployment | Service, snapshot: Snapshot): Outlook {
  // Somebody else writes it at this moment, or it is being replaced: the controller reads again, and so it is no refusal.
  if (
    error.code === 'Conflict' ||
    error.code === 'NotFound' ||
    error.causes.some(({ field }) => field === 'metadata.uid')
  ) {
    return {};
  }
  const objection = classify(error, kind, wish.metadata.name);
  if (objection === undefined || !isTerminal(error)) return { doubt: doubtOf(error) };
  if (objection.reason === 'NamespaceTerminating') return {};
  // A quota is a matter of the moment, and a right of the operator's a matter of its installation: the server waits.
  if (objection.reason !== 'Refused') return { doubt: objection.message };

  const hasSecret = snapshot.server.spec.secretName !== undefined;
  const causes = error.causes.filter(({ field }) => field !== undefined && field !== '');
  const translated = causes.map((cause) => serverCause(cause, hasSecret));
  const said =
    translated.length === 0
      ? words(error.message, MAX_WORDS)
      : words(translated.map(({ field, message }) => `${field}: ${message}`).join('; '), MAX_WORDS);
  return {
    refusal: {
      code: error.status ?? 422,
      reason: error.reason ?? 'Invalid',
      message: `the API server would refuse the ${kind} of this MCPServer: ${said}`,
      ...(translated.length === 0 ? {} : { causes: translated }),
    },
  };
}

function doubtOf(error: ApiError): string {
  return `could not be checked with the API server (${words(error.message, 200)}): see the condition Accepted`;
}
