import { valueAt } from '../proxy/json-pointer.ts';
import type { EventEntry, Recording, TraceEntry } from '../proxy/trace.ts';
import { changedLeaves } from './leaves.ts';
import type { EventStep, Steps } from './steps.ts';

/** Two events of one object, the first hidden by the second, as Sieve (OSDI'22, section 4) pairs notifications. */
export interface EventPair {
  readonly earlier: EventStep;
  readonly later: EventStep;
}

/**
 * Pairs (N, N') in which N' undoes what N told, so that an operator that never saw N may have missed something:
 * created and deleted, deleted and created anew, changed and changed again in the same place.
 *
 * Pruned as Sieve does, by causality: N' must not follow from N itself. It would, when it is the operator's own write
 * after N, or when the workload waited in between, as nothing it waits for can come while N is held back.
 */
export function unobservedPairs({ events }: Steps, run: Recording): readonly EventPair[] {
  return objectsOf(events).flatMap((all) =>
    all.flatMap((earlier, index): EventPair[] => {
      const later = all.slice(index + 1).find((event) => undoes(all, earlier, event));
      if (later === undefined || isOwnWrite(run.entries, earlier.entry, later.entry)) return [];
      return waitsBetween(run.entries, earlier.entry, later.entry) ? [] : [{ earlier, later }];
    }),
  );
}

/**
 * Triples (N, U, N') as pairs (N, N'): the operator reads N and writes U, and N' then contradicts what U was for: the
 * object is deleted, replaced, or wished for otherwise. U itself needs no name: it lies between the two.
 *
 * Of several N before the same N' the last one counts: the state right before U.
 */
export function stalePairs({ events }: Steps, run: Recording): readonly EventPair[] {
  return objectsOf(events).flatMap((all) =>
    all.flatMap((later, index): EventPair[] => {
      const before = all.slice(0, index);
      const previous = before.at(-1);
      if (previous === undefined || !contradicts(previous.entry, later.entry)) return [];
      const write = run.entries.findLast(
        (entry) => entry.kind === 'request' && entry.write !== undefined && entry.seq < later.entry.seq,
      );
      const earlier = before.findLast(({ entry }) => write !== undefined && entry.seq < write.seq);
      return earlier === undefined ? [] : [{ earlier, later }];
    }),
  );
}

/** The events by object, each in order. Objects that are named by chance cannot be found again, so they have none. */
function objectsOf(events: readonly EventStep[]): readonly (readonly EventStep[])[] {
  const named = events.filter(({ match }) => match.name !== undefined);
  return [...Map.groupBy(named, ({ match }) => `${match.resource} ${match.name}`).values()];
}

function undoes(all: readonly EventStep[], earlier: EventStep, later: EventStep): boolean {
  const [from, to] = [earlier.match.type, later.match.type];
  if (from === 'DELETED') return to === 'ADDED';
  if (to === 'DELETED') return from === 'ADDED' || from === 'MODIFIED';
  const index = all.indexOf(earlier);
  const before = all[index - 1];
  // Of changes only the next one hides the one before: with more between them it is not that one which is hidden.
  if (to !== 'MODIFIED' || from !== 'MODIFIED' || before === undefined || all[index + 1] !== later) return false;
  const first = changedLeaves(before.entry.object, earlier.entry.object);
  const second = changedLeaves(earlier.entry.object, later.entry.object);
  return [...first].some((path) => second.has(path));
}

function contradicts(before: EventEntry, after: EventEntry): boolean {
  if (after.type === 'DELETED' || before.uid !== after.uid) return true;
  const deleted = '/metadata/deletionTimestamp';
  if (valueAt(before.object, deleted) === undefined && valueAt(after.object, deleted) !== undefined) return true;
  return JSON.stringify(valueAt(before.object, '/spec')) !== JSON.stringify(valueAt(after.object, '/spec'));
}

function isOwnWrite(entries: readonly TraceEntry[], earlier: EventEntry, later: EventEntry): boolean {
  return entries.some(
    (entry) =>
      entry.kind === 'request' &&
      entry.write !== undefined &&
      entry.seq > earlier.seq &&
      entry.resource === later.resource &&
      entry.resourceVersion === later.resourceVersion,
  );
}

/** The workload says what it waits for. What it does next, after that, it does because something came. */
function waitsBetween(entries: readonly TraceEntry[], earlier: EventEntry, later: EventEntry): boolean {
  const notes = entries.filter(({ kind, seq }) => kind === 'note' && seq < later.seq);
  return notes.some((note, index) => {
    const before = notes[index - 1];
    return note.seq > earlier.seq && !isWait(note) && before !== undefined && isWait(before);
  });
}

function isWait(note: TraceEntry): boolean {
  return note.kind === 'note' && note.text.startsWith('waits for ');
}
