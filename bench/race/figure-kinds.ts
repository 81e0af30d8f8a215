import type { PhaseName, PhaseResult, TurnResult } from './phase-result.ts';

/** What is told of a race, and what it should be. */
export interface FigureKind {
  readonly id: string;
  readonly title: string;
  readonly unit: 's' | 'ms' | 'MiB' | 'KiB' | '%' | '';
  /** One contestant's value in one turn; undefined where it was not measured. */
  readonly value: (turn: TurnResult) => number | undefined;
  /** Whether its ratio to the floor says something. */
  readonly isRatio: boolean;
  /** The most that it may be, of the operator; undefined where nothing is promised for so many servers. */
  readonly wanted?: (servers: number) => Wanted | undefined;
}

/** A promise. */
export interface Wanted {
  /** Of the value itself, or of its ratio to the floor. */
  readonly of: 'value' | 'ratio';
  readonly most: number;
  /** It has to be this very number. */
  readonly exact?: boolean;
}

const of =
  (phase: PhaseName, value: (result: PhaseResult, servers: number) => number | undefined): FigureKind['value'] =>
  ({ phases, servers }) => {
    const result = phases[phase];
    return result === undefined ? undefined : value(result, servers);
  };

const atMost = (most: number) => () => ({ of: 'value', most }) as const;
const exactly = (most: number) => () => ({ of: 'value', most, exact: true }) as const;
const ratio = (most: number) => () => ({ of: 'ratio', most }) as const;
const perServer = (result: PhaseResult, servers: number) => result.requests.writes / servers;

/** A write that only tells people something: of the promise's writes it is none, and it is told by itself. */
const eventsOf = ({ requests }: PhaseResult) =>
  Object.entries(requests.writesBy).reduce((sum, [what, count]) => sum + (what.endsWith(' events') ? count : 0), 0);
const sent = ({ requests }: PhaseResult) => requests.writes + requests.gets + requests.lists;

const burst = (servers: number): Wanted | undefined => (servers <= 2_000 ? { of: 'ratio', most: 1.25 } : undefined);
const memory = (servers: number): Wanted | undefined => {
  if (servers <= 1_000) return { of: 'value', most: 110 };
  return servers === 10_000 ? { of: 'value', most: 240 } : undefined;
};
const restart = (servers: number): Wanted | undefined => {
  if (servers <= 1_000) return { of: 'value', most: 1 };
  return servers <= 10_000 ? { of: 'value', most: 3 } : undefined;
};

/** All of them, in the order in which they are told. */
export const figureKinds: readonly FigureKind[] = [
  figure('burst', 'burst of new servers: children and status of all', 's', of('burst', seconds), ratio1(burst)),
  figure('available', 'workloads available: all Running', 's', of('available', seconds), ratio1(ratio(1.3))),
  figure('scale', 'all scaled', 's', of('scale', seconds), ratio1()),
  figure('children', 'all children deleted: all there again', 's', of('children', seconds), ratio1()),
  figure(
    'single-p50',
    'one new server at idle, p50',
    'ms',
    of('single', (r) => r.latency?.p50),
    ratio1(atMost(15)),
  ),
  figure(
    'single-p99',
    'one new server at idle, p99',
    'ms',
    of('single', (r) => r.latency?.p99),
    ratio1(atMost(50)),
  ),
  figure(
    'single-children',
    'of which until its children are there, p50',
    'ms',
    of('single', (r) => r.latency?.childrenP50),
    ratio1(),
  ),
  figure('burst-writes', 'writes for a new server', '', of('burst', perServer), { wanted: exactly(3) }),
  figure('available-writes', 'writes for becoming Running', '', of('available', perServer), { wanted: exactly(1) }),
  figure('scale-writes', 'writes for a scale', '', of('scale', perServer), { wanted: exactly(2) }),
  figure(
    'children-writes',
    'writes for two deleted children, without Events',
    '',
    of('children', (r, n) => (r.requests.writes - eventsOf(r)) / n),
    { wanted: exactly(3) },
  ),
  figure(
    'children-events',
    'Events that tell of it',
    '',
    of('children', (r, n) => eventsOf(r) / n),
  ),
  figure('refused', 'requests that were refused, in all phases', '', refused, { wanted: exactly(0) }),
  figure(
    'burst-cpu',
    'processor time for a new server',
    'ms',
    of('burst', (r, n) => (r.cpuSeconds * 1_000) / n),
    ratio1(),
  ),
  figure(
    'available-cpu',
    'processor time for becoming Running',
    'ms',
    of('available', (r, n) => (r.cpuSeconds * 1_000) / n),
    ratio1(),
  ),
  figure(
    'burst-per-server',
    'burst: time for a server',
    'ms',
    of('burst', (r, n) => (r.seconds * 1_000) / n),
    ratio1(),
  ),
  figure('steady-requests', 'at rest: requests', '', of('steady', sent), { wanted: exactly(0) }),
  figure(
    'steady-watches',
    'at rest: watches that the server had ended, opened again',
    '',
    of('steady', (r) => r.requests.watches),
  ),
  figure(
    'steady-cpu',
    'at rest: of one core',
    '%',
    of('steady', (r) => (r.cpuSeconds / r.seconds) * 100),
    { wanted: atMost(0.2) },
  ),
  figure('start-ready', 'start with nothing there: synced', 's', of('start', seconds)),
  figure('restart-ready', 'restart with all servers there: synced', 's', of('restart', seconds), ratio1(restart)),
  figure(
    'restart-lists',
    'restart: list requests',
    '',
    of('restart', (r) => r.requests.lists),
    { wanted: (n) => (n <= 10_000 ? { of: 'value', most: 25 } : undefined) },
  ),
  figure(
    'restart-writes',
    'restart: writes',
    '',
    of('restart', (r) => r.requests.writes),
    { wanted: exactly(0) },
  ),
  figure(
    'rss-idle',
    'memory with nothing there',
    'MiB',
    of('start', (r) => r.rss),
    { wanted: atMost(75) },
  ),
  figure(
    'rss',
    'memory with all servers, at rest',
    'MiB',
    of('steady', (r) => r.rss),
    { wanted: memory },
  ),
  figure('rss-per-server', 'of which a server takes', 'KiB', memoryPerServer),
  figure(
    'rss-peak',
    'memory at most, until the burst was over',
    'MiB',
    of('burst', (r) => r.peakRss),
  ),
  figure(
    'rss-restarted',
    'memory after a restart with all servers',
    'MiB',
    of('restart', (r) => r.rss),
    { wanted: memory },
  ),
  figure(
    'loop-p99',
    "the event loop's delay in the burst, p99",
    'ms',
    of('burst', (r) => r.loop?.p99),
    { wanted: atMost(20) },
  ),
  figure(
    'loop-max',
    "the event loop's delay in the burst, most",
    'ms',
    of('burst', (r) => r.loop?.max),
  ),
  figure(
    'sockets',
    'connections after the burst',
    '',
    of('burst', (r) => r.sockets),
  ),
];

function figure(
  id: string,
  title: string,
  unit: FigureKind['unit'],
  value: FigureKind['value'],
  more: Partial<Pick<FigureKind, 'wanted' | 'isRatio'>> = {},
): FigureKind {
  return { id, title, unit, value, isRatio: false, ...more };
}

function ratio1(wanted?: FigureKind['wanted']): Partial<Pick<FigureKind, 'wanted' | 'isRatio'>> {
  return { isRatio: true, ...(wanted === undefined ? {} : { wanted }) };
}

function seconds(result: PhaseResult): number {
  return result.seconds;
}

function refused({ phases }: TurnResult): number {
  return Object.values(phases).reduce((sum, { requests }) => sum + requests.refused, 0);
}

/** What has come on top of a process that has nothing to do. */
function memoryPerServer({ phases: { start, steady }, servers }: TurnResult): number | undefined {
  if (start === undefined || steady === undefined) return undefined;
  return ((steady.rss - start.rss) * 1_024) / servers;
}
