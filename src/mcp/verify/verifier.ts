import type { Clock } from '../../runtime/clock.ts';
import type { Component } from '../../runtime/component.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Key } from '../../runtime/object.ts';
import type { Dial } from '../dial.ts';
import { type ProbeOptions, probe } from '../probe.ts';
import { summarise } from '../tools.ts';
import type { ProbeResult } from '../verdict.ts';
import { servesHealthPath } from './health-path.ts';
import { createImageMemory } from './image-memory.ts';
import { type PodReport, sameReport } from './report.ts';
import { delayBefore, type Occasion, timeFor } from './schedule.ts';
import { createSlots } from './slots.ts';

/** How the pods of one server are spoken to. A change of any of it is a reason to probe at once. */
export interface VerifySettings {
  readonly path: string;
  readonly transport: ProbeOptions['transport'];
  /** What clients send as `Host`. */
  readonly host: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** The path to look at beside MCP. Default: none. */
  readonly healthPath?: string | undefined;
  /** Tells one token from the next without being it; undefined when none is sent. */
  readonly credentials?: string | undefined;
}

/** One pod to be probed: it has an address and its container runs. */
export interface PodTarget {
  readonly uid: string;
  readonly namespace: string;
  readonly pod: string;
  readonly address: string;
  readonly port: number;
  readonly template: string;
  /** What is learnt of how to speak to a pod holds for all pods of this image. */
  readonly image: string;
}

/** One probe's end, for metrics. */
export type OnProbe = (server: Key, result: ProbeResult) => void;

/** What a verifier is made of. */
export interface VerifierOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** A way to a pod. */
  readonly dial: (target: PodTarget, settings: VerifySettings) => Dial;
  /** The bearer token of a server's probes. @throws when it cannot be had: the last verdict then stays */
  readonly token: (server: Key) => Promise<string | undefined>;
  /** What a server's pods are found to be has changed. */
  readonly onChange: (server: Key) => void;
  readonly onProbe?: OnProbe;
  readonly client?: ProbeOptions['client'];
  /** Probes at the same time of pods that answered last time, and again as many of those that did not. Default 64. */
  readonly concurrency?: number;
  /** Uniform in [0, 1). Default Math.random. */
  readonly random?: () => number;
}

/** Probes every pod of every server, continuously. Publishes what it finds; never writes anywhere. */
export interface Verifier extends Component {
  /** What is to be probed for a server from now on. Pods that are no longer named are forgotten. */
  track(server: Key, settings: VerifySettings, targets: readonly PodTarget[]): void;
  /** A server is gone, or is not to be verified. */
  forget(server: Key): void;
  /** The last finding of each pod that has one. */
  reports(server: Key): readonly PodReport[];
}

interface Watch {
  target: PodTarget;
  settings: VerifySettings;
  readonly server: Key;
  occasion: Omit<Occasion, 'intervalMs'>;
  report: PodReport | undefined;
  cancel: () => void;
  /** Ends the probe under way, when the pod is forgotten. */
  readonly gone: AbortController;
  busy: boolean;
  /** Probe again as soon as the one under way has ended: it began with older settings. */
  again: boolean;
}

/** A pod that has not answered yet is believed to be starting until it has failed so often: about three seconds. */
const PATIENCE = 5;

/** A verifier. Nothing is probed before `start`. */
export function createVerifier(options: VerifierOptions): Verifier {
  const { clock, random = Math.random, concurrency = 64 } = options;
  const log = options.log.with({ logger: 'verifier' });
  const servers = new Map<Key, Map<string, Watch>>();
  const images = createImageMemory();
  // Two budgets: however many pods hang, those that answer are probed on time.
  const slots = { healthy: createSlots(concurrency), failing: createSlots(concurrency) };
  const under = new Set<Promise<void>>();
  let running = false;

  function plan(watch: Watch): void {
    watch.cancel();
    if (!running || watch.gone.signal.aborted) return;
    const delay = delayBefore({ ...watch.occasion, intervalMs: watch.settings.intervalMs }, random());
    watch.cancel = clock.after(delay, () => begin(watch));
  }

  function begin(watch: Watch): void {
    if (watch.busy) {
      watch.again = true;
      return;
    }
    watch.busy = true;
    const work = look(watch).finally(() => {
      watch.busy = false;
      under.delete(work);
      if (watch.again) watch.occasion = { ...watch.occasion, last: undefined };
      watch.again = false;
      plan(watch);
    });
    under.add(work);
  }

  async function look(watch: Watch): Promise<void> {
    const { signal } = watch.gone;
    const isHealthy = watch.occasion.last === 'Passed' || watch.occasion.last === undefined;
    const giveBack = await (isHealthy ? slots.healthy : slots.failing).take();
    try {
      if (signal.aborted || !running) return;
      await probeOnce(watch, signal);
    } catch (error) {
      // The token could not be read, or a bug: neither says anything about the server.
      log.warn('could not probe', { server: watch.server, pod: watch.target.pod, error });
      watch.occasion = { ...watch.occasion, last: 'None', failures: watch.occasion.failures + 1 };
    } finally {
      giveBack();
    }
  }

  async function probeOnce(watch: Watch, signal: AbortSignal): Promise<void> {
    const { server, target, settings, occasion } = watch;
    const dial = options.dial(target, settings);
    const auth = settings.credentials === undefined ? undefined : await options.token(server);
    const result = await probe(
      { pod: target.pod, host: settings.host },
      {
        dial,
        clock,
        signal,
        timeoutMs: timeFor(occasion, settings.timeoutMs),
        path: settings.path,
        transport: settings.transport,
        auth,
        remembered: images.recall(target.image),
        ...(options.client === undefined ? {} : { client: options.client }),
      },
    );
    const servesHealth = await askHealth(watch, result, dial, signal);
    await result.released;
    if (signal.aborted) return;
    options.onProbe?.(server, result);
    if (result.learnt !== undefined) images.learn(target.image, result.learnt);
    take(watch, result, servesHealth);
  }

  /** Asked until it is known; and only of a pod that speaks MCP, since only then the answer decides something. */
  function askHealth(
    { settings, report }: Watch,
    { standing }: ProbeResult,
    dial: Dial,
    signal: AbortSignal,
  ): Promise<boolean | undefined> | boolean | undefined {
    if (settings.healthPath === undefined || report?.servesHealth !== undefined) return report?.servesHealth;
    if (standing !== 'Passed' && standing !== 'Unknown') return undefined;
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(settings.timeoutMs)]);
    return servesHealthPath(dial, settings.healthPath, settings.host, deadline);
  }

  function take(watch: Watch, result: ProbeResult, servesHealth: boolean | undefined): void {
    const { standing } = result;
    const passed = standing === 'Passed' || standing === 'Unknown';
    watch.occasion = {
      last: standing,
      failures: passed ? 0 : watch.occasion.failures + 1,
      hasPassed: passed || watch.occasion.hasPassed,
      retryAfterMs: 'retryAfterMs' in result ? result.retryAfterMs : undefined,
    };
    // A probe that did not come about says nothing: the last verdict stays.
    if (standing === 'None') return;
    // Nor does the first silence of a server that starts.
    if (standing === 'Failed' && watch.report === undefined && watch.occasion.failures < PATIENCE) return;
    const report = reportOf(watch, result, standing, servesHealth);
    const isNews = !sameReport(watch.report, report);
    watch.report = report;
    if (isNews) options.onChange(watch.server);
  }

  function add(server: Key, target: PodTarget, settings: VerifySettings): Watch {
    const occasion = { last: undefined, failures: 0, hasPassed: false };
    const gone = new AbortController();
    images.hold(target.image);
    return {
      target,
      settings,
      server,
      occasion,
      report: undefined,
      cancel: () => undefined,
      gone,
      busy: false,
      again: false,
    };
  }

  function drop(watch: Watch): void {
    watch.cancel();
    watch.gone.abort();
    images.release(watch.target.image);
  }

  return {
    name: 'verifier',
    start() {
      running = true;
      for (const pods of servers.values()) for (const watch of pods.values()) plan(watch);
    },
    async stop() {
      running = false;
      for (const pods of servers.values()) pods.forEach(drop);
      await Promise.all(under);
    },
    track(server, settings, targets) {
      const pods = servers.get(server) ?? new Map<string, Watch>();
      servers.set(server, pods);
      const named = new Set(targets.map(({ uid }) => uid));
      for (const [uid, watch] of pods) {
        if (named.has(uid)) continue;
        drop(watch);
        pods.delete(uid);
      }
      for (const target of targets) {
        const known = pods.get(target.uid);
        if (known === undefined) {
          const watch = add(server, target, settings);
          pods.set(target.uid, watch);
          plan(watch);
        } else if (
          known.target.address !== target.address ||
          known.target.port !== target.port ||
          !sameSettings(known.settings, settings)
        ) {
          known.target = target;
          known.settings = settings;
          known.occasion = { ...known.occasion, last: undefined };
          if (known.busy) known.again = true;
          else plan(known);
        }
      }
    },
    forget(server) {
      servers.get(server)?.forEach(drop);
      servers.delete(server);
    },
    reports: (server) => [...(servers.get(server)?.values() ?? [])].flatMap(({ report }) => report ?? []),
  };
}

function reportOf(
  { target }: Watch,
  result: ProbeResult,
  standing: PodReport['standing'],
  servesHealth: boolean | undefined,
): PodReport {
  return {
    podUid: target.uid,
    pod: target.pod,
    template: target.template,
    verdict: result.verdict,
    standing,
    message: result.message,
    fingerprint: result.fingerprint,
    server: result.server,
    tools: 'tools' in result && result.tools !== undefined ? summarise(result.tools) : undefined,
    servesHealth,
  };
}

function sameSettings(a: VerifySettings, b: VerifySettings): boolean {
  return (
    a.path === b.path &&
    a.transport === b.transport &&
    a.host === b.host &&
    a.intervalMs === b.intervalMs &&
    a.timeoutMs === b.timeoutMs &&
    a.healthPath === b.healthPath &&
    a.credentials === b.credentials
  );
}
