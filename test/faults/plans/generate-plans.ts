import { isWrite } from '../proxy/call.ts';
import { describeFault } from '../proxy/describe-fault.ts';
import type { FaultSpec } from '../proxy/fault.ts';
import type { Recording } from '../proxy/trace.ts';
import type { EventPair } from './pairs.ts';
import { stalePairs, unobservedPairs } from './pairs.ts';
import type { FaultPlan } from './plan.ts';
import { faultKinds } from './plan.ts';
import type { Reference } from './reference.ts';
import { readFaults, writeFaults } from './request-faults.ts';
import type { EventStep, RequestStep, Steps } from './steps.ts';
import { commonSteps, countOf } from './steps.ts';
import type { KindOfFault } from './watch-faults.ts';
import { eventFaults, watchFaults, wholeWatchFaults } from './watch-faults.ts';

/** What is generated. */
export interface GenerateOptions {
  /**
   * The workload whose start-up reads and watches are broken: they are the same in all of them. Default: that of the
   * first reference.
   */
  readonly startUpOf?: string;
}

/** How long a watch stands still for an event that hides another, in milliseconds. */
const UNOBSERVED_MS = 4_000;

/** How long an API server is behind, in milliseconds: long enough to act on what it shows. */
const TRAVEL_MS = 2_500;

/**
 * Every plan for these workloads:
 *
 * - each write with each fault of a write, crashes in three places among them;
 * - each read and each watch with each of theirs; those of the start once, not in every workload;
 * - of each resource that is watched the first event, and the first deletion, with each fault of an event;
 * - pairs of events of which the first is never seen, and pairs between which the API server goes back (Sieve's rules,
 *   see pairs.ts).
 *
 * The same references give the same plans. An id tells what is hit and not its place in a list, so it stays when others
 * come and go, and one workload's references give the same plans alone as among others.
 *
 * @throws RangeError when two plans would have one id: a defect of the generator
 */
export function generatePlans(references: readonly Reference[], options: GenerateOptions = {}): readonly FaultPlan[] {
  const { startUpOf = references[0]?.workload } = options;
  const plans = references.flatMap((reference) => plansOf(reference, reference.workload === startUpOf));
  const seen = new Set<string>();
  for (const { id } of plans) {
    if (seen.has(id)) throw new RangeError(`two plans are called ${id}`);
    seen.add(id);
  }
  return plans;
}

function plansOf(reference: Reference, withStartUp: boolean): readonly FaultPlan[] {
  const [run] = reference.runs;
  const steps = commonSteps(reference);
  const started = steps.requests.find(({ match }) => isWrite(match.verb))?.entry.seq ?? Number.POSITIVE_INFINITY;
  const counted = steps.requests.filter(
    ({ match, entry }) => isWrite(match.verb) || withStartUp || entry.seq > started,
  );
  const make = (target: string) => (one: KindOfFault) => planOf(reference.workload, target, one);
  return [
    ...counted.flatMap((step) => requestPlans(step).map(make(nameOfRequest(step)))),
    ...hitEvents(steps).flatMap((step) => faultsAt(reference, step).map(make(nameOfEvent(step)))),
    ...unobservedPairs(steps, run).map((pair) => make(nameOfPair(pair))(unobserved(pair))),
    ...stalePairs(steps, run).map((pair) => make(nameOfPair(pair))(timeTravel(pair))),
    ...olderLists(reference, steps).map(({ step, fault }) => make(nameOfEvent(step))(fault)),
  ];
}

function requestPlans(step: RequestStep): readonly KindOfFault[] {
  const { match, nth } = step;
  if (match.verb === 'watch') return watchFaults(step);
  const kinds = isWrite(match.verb) ? writeFaults : readFaults;
  return kinds.map(({ kind, action, times }) => ({
    kind,
    faults: [{ on: 'request', match, nth, ...(times !== undefined && { times }), action }],
  }));
}

/** Of each resource the first event, and the first deletion: there the cache has most to lose. */
function hitEvents({ events }: Steps): readonly EventStep[] {
  const firsts = new Map<string, EventStep>();
  for (const step of events) {
    for (const key of [step.match.resource, ...(step.match.type === 'DELETED' ? [`${step.match.resource} -`] : [])]) {
      if (!firsts.has(key)) firsts.set(key, step);
    }
  }
  return [...new Set(firsts.values())];
}

/** Faults of the watch as a whole are done at the first event only: at the deletion they would be the same again. */
function faultsAt(reference: Reference, step: EventStep): readonly KindOfFault[] {
  if (step.match.type === 'DELETED') return eventFaults(step);
  const watches = watchesBefore(reference, step);
  return [...eventFaults(step), ...(watches === undefined ? [] : wholeWatchFaults(step, watches))];
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
 * For each resource: its last event is replaced by an in-band 410, and the list that follows is as old as its first
 * event. Where runs do not list equally often it is not known which list that is.
 */
function olderLists({ runs }: Reference, { events }: Steps) {
  return [...Map.groupBy(events, ({ match }) => match.resource)].flatMap(([resource, all]) => {
    const [first, step] = [all[0], all.at(-1)];
    const lists = runs.map((run) => countOf(run, (entry) => entry.verb === 'list' && entry.resource === resource));
    if (first === undefined || step === undefined || first === step || lists[0] === 0 || lists[0] !== lists[1])
      return [];
    const nth = (lists[0] ?? 0) + 1;
    const older = { do: 'list-older', to: first.match, nth: first.nth } as const;
    const fault: KindOfFault = {
      kind: 'older-list',
      faults: [
        { on: 'event', match: step.match, nth: step.nth, action: { do: 'error', code: 410 } },
        { on: 'request', match: { verb: 'list', resource }, nth, action: older },
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
    crashes: faults.filter(isCrash).length,
    about: faults.map(describeFault).join('; then '),
  };
}

function isCrash({ action }: FaultSpec): boolean {
  return action.do === 'crash' || (action.do === 'time-travel' && action.restart);
}

function nameOfRequest({ match, nth }: RequestStep): string {
  return nameOfTarget(match.verb, match.resource, [match.subresource, match.name], nth);
}

function nameOfEvent({ match, nth }: EventStep): string {
  return nameOfTarget(match.type.toLowerCase(), match.resource, [match.name], nth);
}

function nameOfPair({ earlier, later }: EventPair): string {
  return `${nameOfEvent(earlier)}-then-${later.match.type.toLowerCase()}-${later.nth}`;
}

/** `apply-deployments-weather-1`. */
function nameOfTarget(what: string, resource: string, parts: readonly (string | undefined)[], nth: number): string {
  const plural = resource.split('.')[0] ?? resource;
  const words = parts.filter((part) => part !== undefined && part !== '').map((part) => String(part).replace('$', ''));
  return [what, plural, ...words, nth].join('-');
}
