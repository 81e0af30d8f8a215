import type { MCPServer, MCPServerStatus } from '../api/v1alpha1/mcp-server.ts';
import type { Client } from '../runtime/client.ts';
import type { Consistency } from '../runtime/consistency.ts';
import { ApiError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/log.ts';
import { type Key, type KubeObject, keyOf } from '../runtime/object.ts';
import type { ReconcileResult } from '../runtime/reconcile-outcome.ts';
import { nameOf, type Resource } from '../runtime/resource.ts';
import { carryOut, setGate, writeStatus } from './act.ts';
import { gateChanges, gatesWish } from './gates.ts';
import type { RefusalMemory } from './memory.ts';
import { appliedHash } from './objects/applied-hash.ts';
import { nextStep, type Step } from './plan.ts';
import { classify, type Refusal, refusalOf } from './refusals.ts';
import { type ChildKind, mcpServers } from './resources.ts';
import { refusedNow, type Snapshot, withRefusal } from './snapshot.ts';
import { statusOf } from './status.ts';
import { isWorthAWrite } from './status-news.ts';
import { toolsChange } from './tools-change.ts';
import { type Announcement, announcementOf, announcementsFor, staysTroubled } from './transitions.ts';
import { verificationOf } from './verification.ts';

/** What a reconcile works with. */
export interface ReconcileParts {
  readonly client: Client;
  /** Reads everything about one key from the caches; undefined when there is no such MCPServer. */
  readonly observe: (key: Key) => Snapshot | undefined;
  /** Has the pods of a snapshot verified, from now on. */
  readonly follow: (snapshot: Snapshot) => void;
  readonly consistency: Consistency;
  readonly memory: RefusalMemory;
  readonly announce: (server: MCPServer, announcement: Announcement) => void;
  /** Told when the tools of a server are not what they were. */
  readonly onToolsChanged: (key: Key) => void;
  /** Told of every child that could not be created. */
  readonly onCreationError: (key: Key, kind: ChildKind) => void;
}

/** A pass sends at most one request per child and one that takes back; more would mean that it goes in circles. */
const MAX_STEPS = 6;

/** The watch event of our own write normally brings a key back; this is for when it does not. */
const LAG_RETRY_MS = 1_000;

/** The watch tells within this time that a pod is gone, as a 404 for its gate says. One that does not was wrong. */
const GATE_RETRY_MS = 10_000;

/**
 * One pass for one MCPServer: observe, decide and act until nothing is left to do, then show the outcome.
 *
 * Level-triggered and idempotent: it may be stopped anywhere and started again, and gives the same end.
 *
 * @throws ApiError for what a retry may mend; the caller backs off
 */
export async function reconcile(parts: ReconcileParts, key: Key, log: Logger): Promise<ReconcileResult> {
  const before = parts.observe(key);
  if (before === undefined || before.server.metadata.deletionTimestamp !== undefined) return {};
  parts.follow(before);
  const waitMs = parts.memory.waitForMissing(before.server, before.now);
  if (waitMs > 0) return { requeueAfterMs: waitMs };
  if (!parts.consistency.isCurrent(key)) return { requeueAfterMs: LAG_RETRY_MS };

  const gated = await setGates(parts, key, before, log);
  const after = await carryOutAll(parts, key, gated, log);
  parts.memory.keep(after);
  const shown = await showStatus(parts, key, after, statusOf(after), log);
  tellToolsChange(parts, key, after, shown);
  const missingMs = parts.memory.waitForMissing(after.server, after.now);
  return missingMs > 0 ? { requeueAfterMs: missingMs } : retryOf(after);
}

/**
 * First of all, because clients depend on it now: which pods are in the endpoints. Where the API server says no to that, the
 * rest of the pass goes on, and tells.
 */
async function setGates(parts: ReconcileParts, key: Key, before: Snapshot, log: Logger): Promise<Snapshot> {
  const changes = gateChanges(before);
  const wish = gatesWish(changes);
  if (changes.length > 0 && refusedNow(before, 'Gate')?.hash === wish) return before;
  let world = withRefusal(before, 'Gate', undefined);
  for (const change of changes) {
    const { name } = change.pod.metadata;
    log.info(change.open ? 'Putting a pod into the endpoints' : 'Taking a pod out of the endpoints', { pod: name });
    try {
      world = await setGate(parts.client, change, world, noteWrite(parts, key));
    } catch (thrown) {
      const error = ApiError.from(thrown);
      const no = classify(error, 'Pod', name);
      if (no === undefined) throw error;
      log.warn('The API server says no', { kind: 'Pod', reason: no.reason, detail: no.message });
      const { now, refusals } = before;
      return withRefusal(world, 'Gate', refusalOf(no, { hash: wish, now, previous: refusals.Gate }));
    }
  }
  return world;
}

async function carryOutAll(parts: ReconcileParts, key: Key, before: Snapshot, log: Logger): Promise<Snapshot> {
  let world = before;
  for (let sent = 0; sent < MAX_STEPS; sent += 1) {
    const step = nextStep(world);
    if (step === undefined) return withoutDue(world);
    log.info(describe(step), { kind: step.kind, ...(isDrift(step) ? { drift: step.drift } : {}) });
    const previous = world;
    const { after, hasWritten } = await attempt(parts, key, step, previous);
    world = after;
    const what = step.action === 'remove' ? 'TakeBack' : step.kind;
    const refusal = world.refusals[what];
    if (refusal !== undefined && refusal !== previous.refusals[what]) {
      log.warn('The API server says no', { kind: step.kind, reason: refusal.reason, detail: refusal.message });
      // What a webhook has rewritten has been created all the same.
      if (step.action === 'create' && !hasWritten) parts.onCreationError(key, step.kind);
    } else if (hasWritten) {
      world = afterWrite(parts, previous, world, step);
    }
  }
  throw new ApiError('Unknown', `The children of MCPServer ${key} did not settle within ${MAX_STEPS} requests.`);
}

/** How a step turned out. A create that finds the name taken writes nothing, and yet knows more than before. */
interface Attempt {
  readonly after: Snapshot;
  readonly hasWritten: boolean;
}

async function attempt(parts: ReconcileParts, key: Key, step: Step, world: Snapshot): Promise<Attempt> {
  let hasWritten = false;
  try {
    const after = await carryOut(parts.client, step, world, (resource, stored) => {
      hasWritten = true;
      noteWrite(parts, key)(resource, stored);
    });
    return { after, hasWritten };
  } catch (thrown) {
    if (step.action === 'create') parts.onCreationError(key, step.kind);
    throw thrown;
  }
}

function afterWrite(parts: ReconcileParts, before: Snapshot, world: Snapshot, step: Step): Snapshot {
  const announcement = announcementOf(step, world.server.status);
  if (announcement !== undefined) parts.announce(world.server, announcement);
  if (!isDrift(step)) return world;
  const refusal = parts.memory.noteHeal(before, step.kind, step.drift, appliedHash(step.wish));
  return refusal === undefined ? world : withRefusal(world, step.kind, refusal);
}

/**
 * Without the refusals whose time has come and that no request was needed for: what was refused has come right by
 * itself, or something else is in the way now. Kept, they would wake us every second from here on.
 */
function withoutDue(world: Snapshot): Snapshot {
  const isAhead = (refusal: Refusal | undefined) => refusal !== undefined && refusal.retryAt > world.now;
  const entries = Object.entries(world.refusals);
  if (entries.every(([, refusal]) => isAhead(refusal))) return world;
  return { ...world, refusals: Object.fromEntries(entries.filter(([, refusal]) => isAhead(refusal))) };
}

/** @returns the status that is shown from now on */
async function showStatus(
  parts: ReconcileParts,
  key: Key,
  { server, now }: Snapshot,
  status: MCPServerStatus,
  log: Logger,
): Promise<MCPServerStatus | undefined> {
  if (!isWorthAWrite(server.status, status)) return server.status;
  log.info('Writing the status', { phase: status.phase, wasPhase: server.status?.phase });
  const stored = await unlessGone(writeStatus(parts.client, server, status));
  if (stored === undefined) {
    parts.memory.noteMissing(server, now);
    return server.status;
  }
  noteWrite(parts, key)(mcpServers, stored);
  const { uid } = server.metadata;
  // After a restart of the operator the last status is all that is known.
  const wasTroubled = parts.memory.isTroubled(uid) || staysTroubled(server.status ?? {}, false);
  for (const announcement of announcementsFor(server.status, status, wasTroubled)) parts.announce(server, announcement);
  parts.memory.noteTrouble(uid, staysTroubled(status, wasTroubled));
  return status;
}

/**
 * Once the status shows the new tools, and not before: a pass which is stopped in between tells them the next time, and
 * a status that is not worth a write yet does not have them told once for each pass until it is.
 */
function tellToolsChange(parts: ReconcileParts, key: Key, after: Snapshot, shown: MCPServerStatus | undefined): void {
  const { best } = verificationOf(after);
  if (best?.tools === undefined || shown?.tools?.hash !== best.tools.hash) return;
  const { server } = after;
  const known = parts.memory.exchangeTools(server.metadata.uid, { summary: best.tools, template: best.template });
  const change = toolsChange(server.status, known, best);
  if (change === undefined) return;
  parts.announce(server, change);
  parts.onToolsChanged(key);
}

/** Deleted, and the watch is yet to tell: nothing is left to show a status of. */
async function unlessGone(written: Promise<MCPServer>): Promise<MCPServer | undefined> {
  try {
    return await written;
  } catch (thrown) {
    if (ApiError.from(thrown).code === 'NotFound') return undefined;
    throw thrown;
  }
}

function noteWrite(parts: ReconcileParts, key: Key): (resource: Resource, stored: KubeObject) => void {
  return (resource, stored) =>
    parts.consistency.wrote(key, nameOf(resource), keyOf(stored), stored.metadata.resourceVersion ?? '');
}

function retryOf(after: Snapshot): ReconcileResult {
  const { now, refusals } = after;
  const times = Object.values(refusals).map((refusal) => refusal?.retryAt ?? Number.POSITIVE_INFINITY);
  const gateAt =
    refusals.Gate === undefined && gateChanges(after).length > 0 ? now + GATE_RETRY_MS : Number.POSITIVE_INFINITY;
  const next = Math.min(gateAt, ...times);
  return Number.isFinite(next) ? { requeueAfterMs: Math.max(next - now, LAG_RETRY_MS) } : {};
}

function isDrift(step: Step): step is Extract<Step, { action: 'update' | 'adopt' }> & { readonly drift: string } {
  return (step.action === 'update' || step.action === 'adopt') && step.drift !== undefined;
}

function describe(step: Step): string {
  if (isDrift(step)) return 'Putting right what somebody else changed';
  return { create: 'Creating', update: 'Updating', adopt: 'Adopting', remove: 'Taking back' }[step.action];
}
