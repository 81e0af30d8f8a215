import type { Clock } from '../../runtime/clock.ts';
import type { Component } from '../../runtime/component.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Key } from '../../runtime/object.ts';
import type { Dial } from '../dial.ts';
import type { ProbeOptions } from '../probe.ts';
import type { ProbeResult } from '../verdict.ts';
import { createImageMemory } from './image-memory.ts';
import { createLanes } from './lanes.ts';
import { createPodWatch, type PodWatch, type WatchContext } from './pod-watch.ts';
import type { PodReport } from './report.ts';
import type { PodTarget, VerifySettings } from './target.ts';
import { createTokens, type Token } from './tokens.ts';
import { createToolsShelf } from './tools-memory.ts';

export type { PodTarget, VerifySettings } from './target.ts';

/** One probe's end, for metrics. */
export type OnProbe = (server: Key, result: ProbeResult) => void;

/** What a verifier is made of. */
export interface VerifierOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** A way to a pod. */
  readonly dial: (target: PodTarget, settings: VerifySettings) => Dial;
  /**
   * The bearer token of a server's probes. Asked once for each value of `VerifySettings.credentials`.
   *
   * @throws when it cannot be had: the last verdict then stays
   */
  readonly token: (server: Key) => Promise<Token | undefined>;
  /** What a server's pods are found to be has changed. */
  readonly onChange: (server: Key) => void;
  readonly onProbe?: OnProbe;
  readonly client?: ProbeOptions['client'];
  /** Probes at the same time of pods that answered last time; see `lanes.ts` for the others. Default 64. */
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
  /** The last finding of each pod that has one. It stays when the verifier is stopped. */
  reports(server: Key): readonly PodReport[];
}

/** A verifier. Nothing is probed before `start`, and nothing after `stop`, which is for good. */
export function createVerifier(options: VerifierOptions): Verifier {
  const { clock, random = Math.random, concurrency = 64 } = options;
  const servers = new Map<Key, Map<string, PodWatch>>();
  /** The ends of watches that are still under way. */
  const ending = new Set<Promise<void>>();
  let running = false;
  let stopped = false;

  const context: WatchContext = {
    clock,
    random,
    log: options.log.with({ logger: 'verifier' }),
    dial: options.dial,
    client: options.client,
    images: createImageMemory(),
    tools: createToolsShelf(),
    lanes: createLanes(clock, concurrency),
    tokens: createTokens(options.token),
    failing: new Set(),
    onProbe: (server, result) => options.onProbe?.(server, result),
    onChange: options.onChange,
  };

  function end(watch: PodWatch): void {
    const work = watch.end().finally(() => ending.delete(work));
    ending.add(work);
  }

  return {
    name: 'verifier',
    start() {
      if (stopped) throw new Error('a verifier that was stopped does not start again');
      running = true;
      for (const pods of servers.values()) for (const watch of pods.values()) watch.begin();
    },
    async stop() {
      running = false;
      stopped = true;
      for (const pods of servers.values()) pods.forEach(end);
      await Promise.all(ending);
    },
    track(server, settings, targets) {
      const pods = servers.get(server) ?? new Map<string, PodWatch>();
      servers.set(server, pods);
      if (settings.credentials === undefined) context.tokens.forget(server);
      const named = new Set(targets.map(({ uid }) => uid));
      for (const [uid, watch] of pods) {
        if (named.has(uid)) continue;
        end(watch);
        pods.delete(uid);
      }
      for (const target of targets) {
        const known = pods.get(target.uid);
        if (known !== undefined) {
          known.assign(target, settings);
          continue;
        }
        const watch = createPodWatch(context, server, target, settings);
        pods.set(target.uid, watch);
        if (running) watch.begin();
      }
    },
    forget(server) {
      servers.get(server)?.forEach(end);
      servers.delete(server);
      context.tokens.forget(server);
    },
    reports: (server) => [...(servers.get(server)?.values() ?? [])].flatMap((watch) => watch.report() ?? []),
  };
}
