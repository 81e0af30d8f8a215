import { valueAt } from '../proxy/json-pointer.ts';
import type { EventEntry, Recording, TraceEntry } from '../proxy/trace.ts';
import type { EventStep, Steps } from './steps.ts';
import { isSteady } from './steps.ts';

/** Two events of one object, the first hidden by the second, as Sieve (OSDI'22, section 4) pairs notifications. */
export interface EventPair {
  readonly earlier: EventStep;
  readonly later: EventStep;
}

/**
 * Pairs (N, N') in which N' takes the place of what N told, so that an operator that never saw N may have missed
 * something: created or changed and then deleted, deleted and created anew, created or changed and changed again.
 *
 * Pruned as Sieve does, by causality: N' must not follow from N itself. It would, when it is the operator's own write
 * after N, or when the workload waited in between, as nothing it waits for can come while N is held back.
 */
export function unobservedPairs({ events }: Steps, run: Recording): readonly EventPair[] {
  return objectsOf(events).flatMap((all) =>
    all.filter(isSteady).flatMap((earlier) => {
      const hiding = all.slice(all.indexOf(earlier) + 1).filter((event) => hides(all, earlier, event));
      const firsts = Map.groupBy(hiding, ({ match }) => match.type)
        .values()
        .map(([first]) => first);
      return [...firsts]
        .filter((later) => later !== undefined)
        .filter(({ entry }) => !isOwnWrite(run.entries, earlier.entry, entry))
        .filter(({ entry }) => !waitsBetween(run.entries, earlier.entry, entry))
        .map((later) => ({ earlier, later }));
    }),
  );
}

/**
 * Triples (N, U, N') as pairs (N, N'): the operator reads N and writes U, and N' then contradicts what U was for: the
 * object is deleted, replaced, or wished for otherwise. U itself needs no name: it lies between the two.
 *
 * Of several N before the same N' the last one that is the same in every run counts: the state before U.
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
      const earlier = before.findLast((step) => write !== undefined && step.entry.seq < write.seq && isSteady(step));
      return earlier === undefined || !isSteady(later) ? [] : [{ earlier, later }];
    }),
  );
}

/** The events by object, each in order. Objects that are named by chance cannot be found again, so they have none. */
function objectsOf(events: readonly EventStep[]): readonly (readonly EventStep[])[] {
  const named = events.filter(({ match }) => match.name !== undefined);
  return [...Map.groupBy(named, ({ match }) => `${match.resource} ${match.name}`).values()];
}

function hides(all: readonly EventStep[], earlier: EventStep, later: EventStep): boolean {
  const [from, to] = [earlier.match.type, later.match.type];
  if (from === 'DELETED') return to === 'ADDED';
  // Of changes only the next one hides what was before: with more between them it is not that one which is hidden.
  return to === 'DELETED' || (to === 'MODIFIED' && all[all.indexOf(earlier) + 1] === later);
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
