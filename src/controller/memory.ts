import { type Refusal, refusalOf } from './refusals.ts';
import type { ChildKind, Snapshot } from './snapshot.ts';
import type { KnownTools } from './tools-change.ts';

/** What is remembered of one server between passes. Losing it (a restart) costs one more try, nothing else. */
interface Memory {
  refusals: Snapshot['refusals'];
  /** When each child was put right, in milliseconds since the epoch. */
  heals: readonly { readonly kind: ChildKind; readonly at: number }[];
  /** Trouble was announced, and its end was not. */
  isTroubled: boolean;
  tools: KnownTools | undefined;
}

const HEAL_WINDOW_MS = 60_000;
const MAX_HEALS = 5;

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
    forget: (uid) => void memories.delete(uid),
  };
}
