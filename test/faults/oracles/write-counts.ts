import type { RunRecord } from '../stage/run-record.ts';
import type { Finding, Oracle } from './finding.ts';
import { describeWrite, objectOf, wasDone, writesOf } from './writes.ts';

/** How often each object was created and deleted by the operator: `create deployments.apps/weather` → 1. */
export type WriteCounts = Readonly<Record<string, number>>;

/** Counts what the API server carried out. An apply that is answered 201 has created. Events are no state. */
export function createsAndDeletes(run: RunRecord): WriteCounts {
  const counts: Record<string, number> = {};
  for (const write of writesOf(run)) {
    if (!wasDone(write) || write.resource.startsWith('events')) continue;
    const what = write.verb === 'delete' ? 'delete' : write.status === 201 ? 'create' : undefined;
    if (what === undefined) continue;
    const key = `${what} ${objectOf(write)}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

/**
 * O2: as many creations and deletions as without faults, object by object, where both references agree. More of them means
 * that something was made twice, or taken away from under somebody.
 *
 * An API server that says "you may not" or "there is no such thing" of a child has the operator take the other child back
 * and make it again later, as designed ("stand or fall together"): then one more of each is as it should be.
 */
export const sameCounts: Oracle = ([first, second], run) => {
  if (run.stuck !== undefined) return [];
  const [one, two, now] = [first, second, run].map(createsAndDeletes) as [WriteCounts, WriteCounts, WriteCounts];
  const keys = new Set([...Object.keys(one), ...Object.keys(now)]);
  return [...keys].flatMap((key): readonly Finding[] => {
    const [expected, found] = [one[key] ?? 0, now[key] ?? 0];
    if (expected !== (two[key] ?? 0) || expected === found) return [];
    if (found === expected + 1 && tookServiceBack(run, one, now) && key.endsWith(' services/weather')) return [];
    if (found > expected && wasMadeForTheGone(first, run, key) && (isBlinded(run) || found === expected + 1)) return [];
    return [{ oracle: 'O2', text: `${key}: ${found} times, and ${expected} without faults` }];
  });
};

/** Faults that keep an operator from seeing in time that a server is gone. */
const blinding: ReadonlySet<string> = new Set([
  'time-travel',
  'older-list',
  'unobserved',
  'held-events',
  'watch-black-hole',
  'dead-watch',
  'bookmarks-only',
  // The watch is opened anew a moment later; the garbage collector may be quicker.
  'watch-reset',
  'truncated-line',
  'split-utf8',
  'one-byte-chunks',
  'gone-http',
  'gone-in-band',
  'close-after-event',
]);

function isBlinded({ plan }: RunRecord): boolean {
  return plan !== undefined && blinding.has(plan.kind);
}

/**
 * Who cannot see that a server is gone makes what it lacks; and once at most anybody does, because the server and its
 * children come on watches of their own, and the garbage collector is quick. All of that has an owner that is not there,
 * so it takes it again: it may not be there in the end, and what the last server has is made as often as ever.
 */
function wasMadeForTheGone(reference: RunRecord, run: RunRecord, key: string): boolean {
  if (!key.startsWith('create ')) return false;
  const [resource = '', name = ''] = key.slice('create '.length).split('/');
  if (!(`${kindOf[resource]}/${name}` in run.endState)) return true;
  return madeForLast(run, key) === madeForLast(reference, key);
}

/** By resource, the kind in the end state. */
const kindOf: Readonly<Record<string, string>> = { 'deployments.apps': 'Deployment', services: 'Service' };

/** How often an object was made for the server that it was made for last. */
function madeForLast(run: RunRecord, key: string): number {
  const owners = writesOf(run)
    .filter((write) => wasDone(write) && write.status === 201 && `create ${objectOf(write)}` === key)
    .map(({ body }) => (body as Owned | undefined)?.metadata?.ownerReferences?.[0]?.uid);
  return owners.filter((uid) => uid === owners.at(-1)).length;
}

interface Owned {
  readonly metadata?: { readonly ownerReferences?: readonly { readonly uid: string }[] };
}

/** A Deployment was refused for good by what the fault answered, and its Service was taken back and made again. */
function tookServiceBack(run: RunRecord, expected: WriteCounts, counts: WriteCounts): boolean {
  const refusing = new Set(['forbidden', 'not-found']);
  const more = (key: string) => (counts[key] ?? 0) - (expected[key] ?? 0);
  return (
    run.plan !== undefined &&
    refusing.has(run.plan.kind) &&
    more('create services/weather') === more('delete services/weather')
  );
}

/** O6: once everything is calm nothing is written, whoever touches what, and whenever the operator is started again. */
export const calmStays: Oracle = (_references, run) =>
  writesOf(run)
    .filter(({ seq }) => seq > run.calmSince)
    .map((write) => ({ oracle: 'O6', text: `wrote although nothing was to be done: ${describeWrite(write)}` }));

/** O8: once another instance has written, the one before it never does again. */
export const noInterleaving: Oracle = (_references, run) => {
  const findings: Finding[] = [];
  const over = new Set<string>();
  let current: string | undefined;
  for (const write of writesOf(run)) {
    const { instance } = write;
    if (instance !== current) {
      if (current !== undefined) over.add(current);
      current = instance;
    }
    if (over.has(instance)) {
      findings.push({ oracle: 'O8', text: `instance ${instance} wrote after another had: ${describeWrite(write)}` });
    }
  }
  return findings;
};
