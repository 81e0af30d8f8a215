import { type Call, isWrite } from '../proxy/call.ts';
import { describeFault } from '../proxy/describe-fault.ts';
import type { FaultSpec } from '../proxy/fault.ts';
import type { Recording } from '../proxy/trace.ts';
import type { EventPair } from './pairs.ts';
import { stalePairs, unobservedPairs } from './pairs.ts';
import type { FaultKind, FaultPlan } from './plan.ts';
import { faultKinds } from './plan.ts';
import type { Reference } from './reference.ts';
import { readFaults, writeFaults } from './request-faults.ts';
import { sharedPrefix } from './shared-prefix.ts';
import type { EventStep, RequestStep, Steps } from './steps.ts';
import { allSteps, commonSteps, countOf, GENERATION, isSteady } from './steps.ts';
import type { KindOfFault } from './watch-faults.ts';
import { BOOKMARKS, deadWatch, eventFaults, watchFaults, wholeWatchFaults } from './watch-faults.ts';

/** What is generated. */
export interface GenerateOptions {
  /**
   * The workload that others are compared with: what they have in common with it, such as the start-up and a first
   * server, is broken in it alone. Default: that of the first reference.
   */
  readonly startUpOf?: string;
  /**
   * True: everything in every workload, also where it can hardly tell anything new, and requests that only one of the
   * runs has made: several times as many plans.
   * Default: false; but always true of a workload while the one to compare it with is not among the references.
   */
  readonly every?: boolean;
}

/** How long a watch stands still for an event that hides another, in milliseconds. */
const UNOBSERVED_MS = 4_000;

/** How long an API server is behind, in milliseconds: long enough to act on what it shows. */
const TRAVEL_MS = 2_500;

/** How long a watch goes on after an event, in milliseconds: long enough to act on it. */
const ACTED_MS = 500;

/** Which part of a workload is worth its plans. */
interface Scope {
  readonly every: boolean;
  /** It is the one that others are compared with. */
  readonly isBase: boolean;
  /** `seq` in the first run from which on the workload is like no other. */
  readonly from: number;
}

/**
 * Every plan for these workloads:
 *
 * - each write with a crash in three places;
 * - each write, read and watch with the other faults of theirs, and of each resource that is watched the first event and
 *   the first deletion with the faults of an event: all of them in `startUpOf`; in other workloads every second one, in
 *   turn, and half as many again of what the same workload does a second time;
 * - pairs of events of which the first is never seen, and pairs between which the API server goes back (Sieve's rules,
 *   see pairs.ts).
 *
 * The part of a workload that is the same as in `startUpOf` has no plans.
 *
 * The same references give the same plans. An id tells what is hit and not its place in a list, so it stays when others
 * come and go, and any plan is also among those that `every` gives for its workload alone.
 *
 * @throws RangeError when two plans would have one id: a defect of the generator
 */
export function generatePlans(references: readonly Reference[], options: GenerateOptions = {}): readonly FaultPlan[] {
  const { startUpOf = references[0]?.workload, every = false } = options;
  const base = references.find(({ workload }) => workload === startUpOf);
  const plans = references.flatMap((reference) => {
    if (every || base === undefined) return plansOf(reference, { every: true, isBase: true, from: 0 });
    if (reference === base) return plansOf(reference, { every: false, isBase: true, from: 0 });
    return plansOf(reference, { every: false, isBase: false, from: sharedPrefix(reference, base) });
  });
  const seen = new Set<string>();
  for (const { id } of plans) {
    if (seen.has(id)) throw new RangeError(`two plans are called ${id}`);
    seen.add(id);
  }
  return plans;
}

function plansOf(reference: Reference, scope: Scope): readonly FaultPlan[] {
  const [run] = reference.runs;
  const { workload } = reference;
  const steps = scope.every ? allSteps(reference) : commonSteps(reference);
  const isNew = ({ entry }: RequestStep | EventStep) => entry.seq >= scope.from;
  const make = (target: string) => (one: KindOfFault) => planOf(workload, target, one);
  const some = (target: string, kinds: readonly KindOfFault[], nth: number) =>
    kinds.filter(({ kind }, index) => isCrash(kind) || isTurnOf(`${workload}/${target}`, index, shareOf(scope, nth)));
  return [
    ...steps.requests.filter(isNew).flatMap((step) => {
      const target = nameOfRequest(step);
      return some(target, requestKinds(step), step.nth).map(make(target));
    }),
    ...hitEvents(steps.events.filter(isNew), scope).flatMap((step) => {
      const target = nameOfEvent(step);
      return some(target, faultsAt(reference, step, scope), 1).map(make(target));
    }),
    ...unobservedPairs(steps, run)
      .filter(({ later }) => isNew(later))
      .map((pair) => make(nameOfHidden(pair))(unobserved(pair))),
    ...(isReplaced(run) ? [] : stalePairs(steps, run))
      .filter(({ later }) => isNew(later))
      .map((pair) => make(nameOfPair(pair))(timeTravel(pair))),
    ...olderLists(reference, steps)
      .filter(({ step }) => isNew(step))
      .map(({ step, fault }) => make(nameOfEvent(step))(fault)),
  ];
}

/**
 * Whether another operator takes over in the course of it. One of another version has to write at once, whatever it sees:
 * to show it the past at its start would be a fault that an API server cannot have, whose first lists are consistent
 * reads (KEP-2340). Of a process of the same version it makes no difference, so there the past is shown all the same.
 */
function isReplaced({ entries }: Recording): boolean {
  return new Set(entries.map(({ instance }) => instance)).size > 1;
}

function requestKinds(step: RequestStep): readonly KindOfFault[] {
  const { match, nth } = step;
  if (match.verb === 'watch') return watchFaults(step);
  const kinds = isWrite(match.verb) ? writeFaults : readFaults;
  return kinds.map(({ kind, action, times }) => ({
    kind,
    faults: [{ on: 'request', match, nth, ...(times !== undefined && { times }), action }],
  }));
}

/** One fault of how many is tried on what happens for the n-th time. */
function shareOf({ every, isBase }: Scope, nth: number): number {
  if (every) return 1;
  return (isBase ? 1 : 2) * (nth === 1 ? 1 : 2);
}

/** Whether it is a fault's turn: by the name of what is hit, so that among many of them every fault has its turns. */
function isTurnOf(target: string, index: number, share: number): boolean {
  const sum = [...target].reduce((total, letter) => (total * 31 + (letter.codePointAt(0) ?? 0)) % 65_521, 7);
  return (sum + index) % share === 0;
}

/** Of each resource the first event that every run has, and the first deletion: there the cache has most to lose. */
function hitEvents(events: readonly EventStep[], { every }: Scope): readonly EventStep[] {
  const steady = events.filter(isSteady);
  if (every) return steady;
  const firsts = new Map<string, EventStep>();
  for (const step of steady) {
    const { resource, type } = step.match;
    for (const key of type === 'DELETED' ? [resource, `${resource} ${type}`] : [resource]) {
      if (!firsts.has(key)) firsts.set(key, step);
    }
  }
  return [...new Set(firsts.values())];
}

/**
 * Faults of the watch as a whole are done at the first event only: at the deletion they would be the same again. One
 * that dies without a word takes a minute each, so it does in one workload.
 */
function faultsAt(reference: Reference, step: EventStep, { every, isBase }: Scope): readonly KindOfFault[] {
  if (step.match.type === 'DELETED' && !every) return eventFaults(step);
  const watches = watchesBefore(reference, step);
  return [
    ...eventFaults(step),
    ...(isBase ? [deadWatch(step)] : []),
    ...(watches === undefined ? [] : wholeWatchFaults(step, watches)),
  ];
}

function watchesBefore({ runs }: Reference, { match, entry }: EventStep): number | undefined {
  const opened = (recording: Recording) =>
    countOf(recording, ({ verb, resource, seq }) => {
      const limit = recording === runs[0] ? entry.seq : Number.POSITIVE_INFINITY;
      return verb === 'watch' && resource === match.resource && seq < limit;
    });
  return opened(runs[0]) === opened(runs[1]) ? opened(runs[0]) : undefined;
}

function unobserved({ earlier, later }: EventPair): KindOfFault {
  const { match, nth } = earlier;
  const action = { do: 'unobserved', until: later.match.type, ms: UNOBSERVED_MS } as const;
  return { kind: 'unobserved', faults: [{ on: 'event', match, nth, action }] };
}

function timeTravel({ earlier, later }: EventPair): KindOfFault {
  const back = { to: earlier.match, nth: earlier.nth, resources: [], ms: TRAVEL_MS, restart: true };
  const action = { do: 'time-travel', ...back } as const;
  return { kind: 'time-travel', faults: [{ on: 'event', match: later.match, nth: later.nth, action }] };
}

/**
 * For each resource: the last of its events that every run has is seen and acted upon, then an in-band 410 comes, and the
 * list that follows is as old as its first event. The watch after that tells nothing for a while, so that whoever
 * believes the list acts on it. Where runs do not list or watch equally often it is not known which those are. It is
 * never the list that a new process begins with: the API server answers that one with the newest there is (KEP-2340).
 */
function olderLists(reference: Reference, { events }: Steps) {
  const { runs } = reference;
  return [...Map.groupBy(events.filter(isSteady), ({ match }) => match.resource)].flatMap(([resource, all]) => {
    const [first, step] = [all[0], all.at(-1)];
    const isList = (entry: Call) => entry.verb === 'list' && entry.resource === resource;
    const lists = runs.map((run) => countOf(run, isList));
    if (first === undefined || step === undefined || first === step || lists[0] === 0 || lists[0] !== lists[1])
      return [];
    const watches = watchesBefore(reference, step);
    if (watches === undefined) return [];
    const nth = countOf(runs[0], (entry) => isList(entry) && entry.seq < step.entry.seq) + 1;
    const older = { do: 'list-older', to: first.match, nth: first.nth } as const;
    const fault: KindOfFault = {
      kind: 'older-list',
      faults: [
        { on: 'event', match: step.match, nth: step.nth, action: { do: 'error', code: 410, afterMs: ACTED_MS } },
        { on: 'request', match: { verb: 'list', resource }, nth, action: older },
        { on: 'watch', match: { resource }, nth: watches + 1, action: { do: 'bookmarks-only', ...BOOKMARKS } },
      ],
    };
    return [{ step, fault }];
  });
}

function planOf(workload: string, target: string, { kind, faults }: KindOfFault): FaultPlan {
  return {
    id: `${workload}/${target}/${kind}`,
    workload,
    kind,
    number: faultKinds[kind],
    faults,
    crashes: faults.filter(crashes).length,
    about: faults.map(describeFault).join('; then '),
  };
}

function isCrash(kind: FaultKind): boolean {
  return kind === 'crash-before' || kind === 'crash-after-commit' || kind === 'crash-after-answer';
}

function crashes({ action }: FaultSpec): boolean {
  return action.do === 'crash' || (action.do === 'time-travel' && action.restart);
}

function nameOfRequest({ match, nth }: RequestStep): string {
  return nameOfTarget(match.verb, match.resource, [match.subresource, match.name], nth);
}

function nameOfEvent({ match, nth }: EventStep): string {
  return nameOfTarget(match.type.toLowerCase(), match.resource, [match.name, generationOf(match)], nth);
}

/** `g2` for the second wish. */
function generationOf({ diff }: EventStep['match']): string | undefined {
  return diff === undefined ? undefined : `g${diff[GENERATION]}`;
}

/** What hides an event is the next one, whichever that is in this run. */
function nameOfHidden({ earlier, later }: EventPair): string {
  return `${nameOfEvent(earlier)}-then-${later.match.type.toLowerCase()}`;
}

function nameOfPair({ earlier, later }: EventPair): string {
  const { match, nth } = later;
  const words = [match.type.toLowerCase(), generationOf(match), nth].filter((word) => word !== undefined);
  return `${nameOfEvent(earlier)}-then-${words.join('-')}`;
}

/** `apply-deployments-weather-1`. */
function nameOfTarget(what: string, resource: string, parts: readonly (string | undefined)[], nth: number): string {
  const plural = resource.split('.')[0] ?? resource;
  const words = parts.filter((part) => part !== undefined && part !== '').map((part) => String(part).replace('$', ''));
  return [what, plural, ...words, nth].join('-');
}
