import type { ProbeResult } from '../../src/mcp/verdict.ts';
import type { PodReport } from '../../src/mcp/verify/report.ts';
import {
  createVerifier,
  type PodTarget,
  type Verifier,
  type VerifierOptions,
  type VerifySettings,
} from '../../src/mcp/verify/verifier.ts';
import type { Key } from '../../src/runtime/object.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { type Conduct, createPretendPod, type PretendPod } from './pretend-pod.ts';
import { createRecordedLog, type RecordedLog } from './recorded-log.ts';

/** The settings that a test does not care for. */
export const usualSettings: VerifySettings = {
  path: '/mcp',
  transport: 'StreamableHTTP',
  host: 'weather.default.svc:8080',
  intervalMs: 30_000,
  timeoutMs: 5_000,
};

/** A pod by name; its name is its uid too. */
export function targetOf(pod: string, more: Partial<PodTarget> = {}): PodTarget {
  return {
    uid: pod,
    namespace: 'default',
    pod,
    address: '10.0.0.7',
    port: 8080,
    template: 'abc',
    image: 'weather:1',
    ...more,
  };
}

/** A verifier among pretend pods, with a clock that a test moves. Waits are the longest that chance gives. */
export interface VerifyingStage {
  readonly clock: FakeClock;
  readonly verifier: Verifier;
  readonly log: RecordedLog;
  /** Servers that were told to have changed, in order. */
  readonly changes: readonly Key[];
  /** Every probe's end. */
  readonly results: readonly (readonly [Key, ProbeResult])[];
  /** The pod of this name, made when it is first asked for. */
  pod(name: string, conduct?: Conduct): PretendPod;
  /** Tracks pods of one server by their names. */
  track(server: Key, pods: readonly string[], settings?: Partial<VerifySettings>): void;
  /** The only report of a server; throws when there is not exactly one. */
  report(server: Key): PodReport;
}

/** Sets one up; the verifier is not started. */
export function verifyingStage(options: Partial<VerifierOptions> = {}): VerifyingStage {
  const clock = createFakeClock();
  const log = createRecordedLog();
  const pods = new Map<string, PretendPod>();
  const changes: Key[] = [];
  const results: (readonly [Key, ProbeResult])[] = [];

  function pod(name: string, conduct: Conduct = 'good'): PretendPod {
    const known = pods.get(name);
    if (known !== undefined) return known;
    const made = createPretendPod(clock.monotonic, conduct);
    pods.set(name, made);
    return made;
  }

  const verifier = createVerifier({
    clock,
    log,
    dial: (target) => pod(target.pod).dial,
    token: async () => undefined,
    onChange: (server) => void changes.push(server),
    onProbe: (server, result) => void results.push([server, result]),
    random: () => 0,
    ...options,
  });

  return {
    clock,
    verifier,
    log,
    changes,
    results,
    pod,
    track(server, names, settings = {}) {
      verifier.track(
        server,
        { ...usualSettings, ...settings },
        names.map((name) => targetOf(name)),
      );
    },
    report(server) {
      const [report, ...more] = verifier.reports(server);
      if (report === undefined || more.length > 0) throw new Error(`${server} has ${more.length} reports too many`);
      return report;
    },
  };
}
