import { isWrite } from '../proxy/call.ts';
import type { Recording, TraceEntry } from '../proxy/trace.ts';
import { leavesOf } from './leaves.ts';
import type { Reference } from './reference.ts';
import type { RequestStep, Steps } from './steps.ts';
import { commonSteps } from './steps.ts';

/**
 * How far a workload is the same as another: most begin with a server that is created and settles, and what faults do to
 * that need not be found out in each of them.
 *
 * @returns `seq` in the first run from which on they differ: in what is done, or in what the operator writes. The end
 *   of the run when it is the beginning of the other one, or all of it
 */
export function sharedPrefix(reference: Reference, other: Reference): number {
  const [run] = reference.runs;
  return Math.min(firstOtherNote(run, other.runs[0]), firstOtherWrite(reference, other));
}

function firstOtherNote(run: Recording, other: Recording): number {
  const known = notesOf(other);
  const notes = notesOf(run);
  return notes.find((note, index) => note.text !== known[index]?.text)?.seq ?? Number.POSITIVE_INFINITY;
}

function notesOf({ entries, placeholders }: Recording) {
  const name =
    ([placeholder, value]: [string, string]) =>
    (text: string) =>
      text.replaceAll(value, placeholder);
  const masks = Object.entries(placeholders).map(name);
  return entries
    .filter((entry: TraceEntry) => entry.kind === 'note')
    .map(({ seq, text }) => ({ seq, text: masks.reduce((masked, mask) => mask(masked), text) }));
}

function firstOtherWrite(reference: Reference, other: Reference): number {
  const [mine, theirs] = [bodiesOf(reference), bodiesOf(other)];
  const first = mine.find(({ key, bodies }) => {
    const same = theirs.find((their) => their.key === key);
    return same === undefined || !agree(bodies, same.bodies);
  });
  return first?.seq ?? Number.POSITIVE_INFINITY;
}

interface WriteBodies {
  readonly key: string;
  readonly seq: number;
  /** Of both runs. */
  readonly bodies: readonly unknown[];
}

function bodiesOf({ workload, runs: [first, second] }: Reference): readonly WriteBodies[] {
  const [a, b] = [commonSteps({ workload, runs: [first, second] }), commonSteps({ workload, runs: [second, first] })];
  const others = new Map(writesOf(b).map((step) => [keyOf(step), step]));
  return writesOf(a).map((step) => {
    const key = keyOf(step);
    return { key, seq: step.entry.seq, bodies: [step.entry.body, others.get(key)?.entry.body] };
  });
}

function writesOf({ requests }: Steps): readonly RequestStep[] {
  return requests.filter(({ match }) => isWrite(match.verb));
}

function keyOf({ match, nth }: RequestStep): string {
  return JSON.stringify([match, nth]);
}

/** The same in all leaves that are the same in both runs of each: others are times, uids and names by chance. */
function agree(mine: readonly unknown[], theirs: readonly unknown[]): boolean {
  const [a, b] = mine.map((body) => leavesOf(body));
  const [c, d] = theirs.map((body) => leavesOf(body));
  if (!a || !b || !c || !d) return false;
  const paths = new Set([...a.keys(), ...c.keys()]);
  return [...paths].every(
    (path) => a.get(path) !== b.get(path) || c.get(path) !== d.get(path) || a.get(path) === c.get(path),
  );
}
