import type { MCPServer } from '../api/v1alpha1/mcp-server.ts';
import { type Refusal, refusalOf } from './refusals.ts';
import type { ChildKind } from './resources.ts';
import type { Snapshot } from './snapshot.ts';
import type { KnownTools } from './tools-change.ts';

/** What is remembered of one server between passes. Losing it (a restart) costs one more try, nothing else. */
interface Memory {
  refusals: Snapshot['refusals'];
  /** When each child was put right, in milliseconds since the epoch. */
  heals: readonly { readonly kind: ChildKind; readonly at: number }[];
  /** Trouble was announced, and its end was not. */
  isTroubled: boolean;
  tools: KnownTools | undefined;
  /** The API server did not know this version of the server; believed until then, in milliseconds since the epoch. */
  missing: { readonly version: string | undefined; readonly until: number } | undefined;
}

const HEAL_WINDOW_MS = 60_000;
const MAX_HEALS = 5;
/** The watch tells within this time whether a server is gone, unless it is broken. A wrong 404 costs no more than this. */
const MISSING_MS = 10_000;

/** The controller's only state beside the caches. */
export interface RefusalMemory {
  /** What the API server refused a server's children lately. */
  refusalsOf(uid: string): Snapshot['refusals'];
  /** Keeps a snapshot's refusals for the next pass. */
  keep(snapshot: Snapshot): void;
  /**
   * Counts a child that somebody else had changed and that was put right. The first few times that happens at once;
   * when somebody changes it back each time, it becomes a refusal, so that two writers do not fight at full speed.
   *
   * @param snapshot as it was before the child was put right: whoever changes it back at every retry is given way to
   *   for longer each time
   * @param drift the field that keeps changing
   * @returns the refusal that ends the fight for now, or undefined
   */
  noteHeal(snapshot: Snapshot, kind: ChildKind, drift: string, hash: string | undefined): Refusal | undefined;
  /** Whether trouble of a server was announced and its end is still to come. */
  isTroubled(uid: string): boolean;
  /** Notes that trouble was announced, or that it is over. */
  noteTrouble(uid: string, isTroubled: boolean): void;
  /** The tools that were last seen of a server, and replaces them. */
  exchangeTools(uid: string, tools: KnownTools): KnownTools | undefined;
  /** Notes that the API server does not know a server any more which is in the cache still. */
  noteMissing(server: MCPServer, now: number): void;
  /**
   * How long nothing is to be done for a server that seems to be gone, in milliseconds; 0 when it is not. What is made
   * for a server that is gone is removed by the garbage collector, which looks like a reason to make it again.
   */
  waitForMissing(server: MCPServer, now: number): number;
  /** Forgets a server that is gone. */
  forget(uid: string): void;
}

/** An empty memory. */
export function createRefusalMemory(): RefusalMemory {
  const memories = new Map<string, Memory>();
  const memoryOf = (uid: string): Memory =>
    memories.get(uid) ?? {
      refusals: {},
      heals: [],
      isTroubled: false,
      tools: undefined,
      missing: undefined,
    };

  return {
    refusalsOf: (uid) => memoryOf(uid).refusals,
    keep({ server, refusals }) {
      const memory = memoryOf(server.metadata.uid);
      const isEmpty = Object.values(refusals).every((refusal) => refusal === undefined);
      const isWorthless = memory.heals.length === 0 && !memory.isTroubled && memory.tools === undefined;
      if (isEmpty && isWorthless) memories.delete(server.metadata.uid);
      else memories.set(server.metadata.uid, { ...memory, refusals });
    },
    noteHeal({ server, now, refusals }, kind, drift, hash) {
      const { uid } = server.metadata;
      const memory = memoryOf(uid);
      const heals = [...memory.heals.filter(({ at }) => now - at < HEAL_WINDOW_MS), { kind, at: now }];
      memories.set(uid, { ...memory, heals });
      const previous = refusals[kind];
      const goesOn = previous?.reason === 'Overridden' && previous.hash === hash;
      if (!goesOn && heals.filter((heal) => heal.kind === kind).length <= MAX_HEALS) return undefined;
      const message = `Somebody keeps changing ${drift} of ${kind} ${server.metadata.name}. Find who (kubectl get ${kind.toLowerCase()} ${server.metadata.name} -n ${server.metadata.namespace} --show-managed-fields -o yaml), and stop them or change the MCPServer.`;
      return refusalOf({ reason: 'Overridden', message }, { hash, now, previous });
    },
    isTroubled: (uid) => memoryOf(uid).isTroubled,
    noteTrouble(uid, isTroubled) {
      const memory = memoryOf(uid);
      if (memory.isTroubled !== isTroubled) memories.set(uid, { ...memory, isTroubled });
    },
    exchangeTools(uid, tools) {
      const memory = memoryOf(uid);
      // The template too: after a rollout that changed no tool, a change is one of the new image.
      const isKnown = memory.tools?.summary.hash === tools.summary.hash && memory.tools.template === tools.template;
      if (!isKnown) memories.set(uid, { ...memory, tools });
      return memory.tools;
    },
    noteMissing({ metadata: { uid, resourceVersion: version } }, now) {
      memories.set(uid, { ...memoryOf(uid), missing: { version, until: now + MISSING_MS } });
    },
    waitForMissing({ metadata: { uid, resourceVersion } }, now) {
      const { missing } = memoryOf(uid);
      return missing === undefined || missing.version !== resourceVersion ? 0 : Math.max(0, missing.until - now);
    },
    forget: (uid) => void memories.delete(uid),
  };
}
