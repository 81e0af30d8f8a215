import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Key } from '../../runtime/object.ts';
import { adviceFor } from '../advice.ts';
import type { Dial } from '../dial.ts';
import { McpError } from '../mcp-error.ts';
import { probe } from '../probe.ts';
import type { ProbeResult } from '../verdict.ts';
import { orAborted } from './abortable.ts';
import { servesHealthPath } from './health-path.ts';
import { afresh, afterFault, afterProbe, type History, noHistory } from './history.ts';
import type { ImageMemory } from './image-memory.ts';
import type { Lanes } from './lanes.ts';
import { type Told, tell } from './news.ts';
import { faultReport, type PodReport, reportOf } from './report.ts';
import { delayBefore, timeFor } from './schedule.ts';
import { hostAndPort, type PodTarget, sameHealthQuestion, sameQuestion, type VerifySettings } from './target.ts';
import type { Token, Tokens } from './tokens.ts';
import type { ToolsShelf } from './tools-memory.ts';

/** What the watches of all pods share. */
export interface WatchContext {
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  readonly dial: (target: PodTarget, settings: VerifySettings) => Dial;
  readonly client: { readonly name: string; readonly version: string } | undefined;
  readonly images: ImageMemory;
  readonly tools: ToolsShelf;
  readonly lanes: Lanes;
  readonly tokens: Tokens;
  /** The pods that fail at present. */
  readonly failing: Set<PodWatch>;
  readonly onProbe: (server: Key, result: ProbeResult) => void;
  readonly onChange: (server: Key) => void;
}

/** The probing of one pod: one probe at a time, each planned when the one before has ended. */
export interface PodWatch {
  /** What was last told of it. */
  report(): PodReport | undefined;
  /** Plans the first probe. */
  begin(): void;
  /** What is known of the pod, and how it is to be spoken to. When that changes, it is probed at once. */
  assign(target: PodTarget, settings: VerifySettings): void;
  /**
   * No more probes; the one under way is given up. The report stays.
   *
   * @returns when nothing is under way any more
   */
  end(): Promise<void>;
}

/** The health path is asked along with the handshake, whose verdict waits for the answer no longer than this. */
const HEALTH_MS = 1_000;

/** A watch that does nothing yet. */
export function createPodWatch(
  context: WatchContext,
  server: Key,
  initialTarget: PodTarget,
  initialSettings: VerifySettings,
): PodWatch {
  const { clock, images, lanes, tokens, failing } = context;
  const toolsMemory = context.tools.memory();
  const log = context.log.with({ server, pod: initialTarget.pod });
  let target = initialTarget;
  let settings = initialSettings;
  let history: History = noHistory;
  let told: Told | undefined;
  let servesHealth: boolean | undefined;
  let firstProbedAt: number | undefined;
  let begun = false;
  let ended = false;
  let cancel: () => void = () => undefined;
  /** Gives up the probe under way. */
  let giveUp: AbortController | undefined;
  let underWay: Promise<void> | undefined;

  images.hold(target.image);

  /** @param since when the wait begins */
  function plan(since: number): void {
    cancel();
    if (!begun || ended) return;
    const circumstances = { intervalMs: settings.intervalMs, crowd: failing.size };
    const delay = delayBefore(history, circumstances, context.random());
    cancel = clock.after(Math.max(0, since + delay - clock.monotonic()), () => {
      underWay = look();
    });
  }

  /** One probe, and what comes before and after it. Never rejects. */
  async function look(): Promise<void> {
    const leave = await lanes.enter(history.last === 'Passed' || history.last === 'Unknown' ? 'answering' : 'doubtful');
    giveUp = new AbortController();
    let verdictAt: number | undefined;
    try {
      if (!ended) verdictAt = await probeOnce(giveUp.signal);
    } catch (error) {
      // The token could not be read, or a bug: neither says anything about the server.
      if (!giveUp.signal.aborted) fault(McpError.from(error));
    } finally {
      leave();
      giveUp = undefined;
      underWay = undefined;
    }
    plan(verdictAt ?? clock.monotonic());
  }

  /** @returns when the verdict was there; undefined when it was given up */
  async function probeOnce(signal: AbortSignal): Promise<number | undefined> {
    const timeMs = timeFor(history, settings.timeoutMs);
    const dial = context.dial(target, settings);
    const { path, transport, host, credentials } = settings;
    const auth = credentials === undefined ? undefined : await tokenFor(credentials, signal);
    firstProbedAt ??= clock.monotonic();
    const result = await probe(
      { pod: target.pod, host },
      {
        dial,
        clock,
        signal,
        timeoutMs: timeMs,
        path,
        transport,
        auth,
        remembered: images.recall(target.image),
        ...(context.client === undefined ? {} : { client: context.client }),
      },
    );
    try {
      // Told before the sessions are ended, which may take a second: the verdict is known.
      const verdictAt = clock.monotonic();
      await askHealth(result, signal);
      if (signal.aborted) return undefined;
      take(result, timeMs);
      return verdictAt;
    } finally {
      await result.released;
    }
  }

  async function tokenFor(credentials: string, signal: AbortSignal): Promise<Token | undefined> {
    try {
      return await orAborted(tokens.of(server, credentials), signal);
    } catch (cause) {
      const said = cause instanceof Error ? cause.message : String(cause);
      throw new McpError('ProbeError', `the token of spec.verify.auth cannot be read: ${said}`, { cause });
    }
  }

  /** Asked until it is known; and only of a pod that speaks MCP, since only then the answer decides something. */
  async function askHealth({ standing }: ProbeResult, signal: AbortSignal): Promise<void> {
    const { healthPath, timeoutMs } = settings;
    if (healthPath === undefined || servesHealth !== undefined) return;
    if (standing !== 'Passed' && standing !== 'Unknown') return;
    // By the name that the kubelet uses: a guard may let in the Service's, and refuse an address.
    const dial = context.dial(target, { ...settings, host: hostAndPort(target) });
    const question = { dial, path: healthPath, clock, signal, timeoutMs: Math.min(timeoutMs, HEALTH_MS) };
    const answer = await servesHealthPath(question);
    if (!signal.aborted) servesHealth = answer;
  }

  function take(result: ProbeResult, timeMs: number): void {
    const { standing, verdict, durationMs } = result;
    const short = timeMs < settings.timeoutMs;
    // No connection within the time has the same verdict as one that was refused. A timer may be a little early.
    const timedOut =
      verdict === 'HandshakeTimeout' || (verdict === 'Unreachable' && durationMs >= Math.max(1, timeMs - 10));
    notify(() => context.onProbe(server, result));
    if (standing === 'None') {
      fault(new McpError('ProbeError', result.came, { next: 'next' in result ? result.next : undefined }));
      return;
    }
    const retryAfterMs = 'retryAfterMs' in result ? result.retryAfterMs : undefined;
    remember(afterProbe(history, { standing, durationMs, timedOut, short, retryAfterMs }));
    if (result.learnt !== undefined) images.learn(target.image, result.learnt);
    if (verdict === 'AuthRejected') tokens.forget(server);
    // It failed before, and was given less time than it has a right to: what is known stays.
    if (timedOut && short) return;
    const tools = 'tools' in result && result.tools !== undefined ? toolsMemory.summaryOf(result.tools) : undefined;
    publish(reportOf(target, result, tools, servesHealth), retryAfterMs);
  }

  function publish(report: PodReport, retryAfterMs?: number): void {
    const now = clock.monotonic();
    const moment = { now, firstProbedAt: firstProbedAt ?? now, intervalMs: settings.intervalMs, retryAfterMs };
    const next = tell(told, report, moment);
    if (next === told) return;
    told = next;
    notify(() => context.onChange(server));
  }

  function remember(next: History): void {
    history = next;
    if (history.last === 'Failed' && !ended) failing.add(watch);
    else failing.delete(watch);
  }

  /**
   * The last verdict stays, which nobody sees: so it is logged, once for each time that it begins. Where there is no verdict
   * yet, a second fault in a row is told.
   */
  function fault(error: McpError): void {
    const write = history.faults === 0 ? log.warn : log.debug;
    write('could not probe', { error });
    remember(afterFault(history));
    if (history.faults < 2 || (told !== undefined && told.report.standing !== 'None')) return;
    publish(faultReport(target, `pod ${target.pod}: ${error.message}; ${error.next ?? adviceFor('ProbeError')}`));
  }

  function notify(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      log.error('a listener of the verifier failed', { error });
    }
  }

  const watch: PodWatch = {
    report: () => told?.report,
    begin() {
      if (begun) return;
      begun = true;
      plan(clock.monotonic());
    },
    assign(nextTarget, nextSettings) {
      const before = { target, settings };
      target = nextTarget;
      settings = nextSettings;
      if (ended || sameQuestion(before, { target, settings })) return;
      if (before.target.image !== target.image) {
        images.hold(target.image);
        images.release(before.target.image);
      }
      if (!sameHealthQuestion(before, { target, settings })) servesHealth = undefined;
      remember(afresh(history));
      // The one under way asks what is not the question any more. The next is planned when it has ended.
      if (underWay === undefined) plan(clock.monotonic());
      else giveUp?.abort(new McpError('Aborted', 'the server is to be asked differently'));
    },
    async end() {
      if (!ended) {
        ended = true;
        cancel();
        failing.delete(watch);
        images.release(target.image);
        toolsMemory.forget();
        giveUp?.abort(new McpError('Aborted', 'the pod is not to be probed any more'));
      }
      await underWay;
    },
  };
  return watch;
}
