import { type Clock, sleep } from './clock.ts';
import type { Component } from './component.ts';
import type { Logger } from './log.ts';
import { StartError } from './start-error.ts';

/** What is started and stopped, and with what patience. */
export interface StartStopOptions {
  /** In the order of starting. */
  readonly components: readonly Component[];
  readonly clock: Clock;
  readonly log: Logger;
  /** How long stopping all of them may take, in milliseconds. */
  readonly gracePeriodMs: number;
  /** Aborted when a component does not stop in time; its signal is what the components are started with. */
  readonly giveUp: AbortController;
}

/** Components in order. */
export interface StartStop {
  /**
   * Starts one after another.
   *
   * @throws StartError `ComponentFailed`, or the component's own StartError
   */
  start(): Promise<void>;
  /**
   * Stops in reverse order what was started, the one that is being started included; nothing is started any more.
   *
   * @returns true when all ended by themselves and in time
   */
  stop(): Promise<boolean>;
}

/** What a component gets to stop in although the grace period is over, and to end in once it is given up on. */
const lastWordMs = 1_000;
const progressMs = 10_000;

/** Starts in order, stops in the reverse order within a grace period. */
export function createStartStop(options: StartStopOptions): StartStop {
  const { components, clock, log, gracePeriodMs, giveUp } = options;
  const started: Component[] = [];
  let stopping = false;

  async function start(): Promise<void> {
    for (const component of components) {
      if (stopping) return;
      started.push(component);
      const sayNoMore = sayProgress(component);
      try {
        await component.start(giveUp.signal);
      } catch (error) {
        if (error instanceof StartError) throw error;
        const why = error instanceof Error ? error.message : String(error);
        throw new StartError('ComponentFailed', `${component.name} did not start: ${why}`, error);
      } finally {
        sayNoMore();
      }
    }
  }

  function sayProgress(component: Component): () => void {
    if (component.mayWait) return () => undefined;
    const since = clock.monotonic();
    const say = () => {
      const forSeconds = Math.round((clock.monotonic() - since) / 1000);
      log.info('still starting', { component: component.name, forSeconds });
      cancel = clock.after(progressMs, say);
    };
    let cancel = clock.after(progressMs, say);
    return () => cancel();
  }

  async function stop(): Promise<boolean> {
    stopping = true;
    const deadline = clock.monotonic() + gracePeriodMs;
    let clean = true;
    for (const component of started.reverse()) {
      const patienceMs = Math.max(deadline - clock.monotonic(), lastWordMs);
      const ended = await stopOne(component, clean, patienceMs);
      clean = clean && ended;
    }
    return clean;
  }

  async function stopOne(component: Component, clean: boolean, patienceMs: number): Promise<boolean> {
    const over = new AbortController();
    const stopped = stopQuietly(component, clean);
    const late = sleep(clock, patienceMs, over.signal).then(async () => {
      if (over.signal.aborted) return false;
      log.error('did not stop in time; giving up on it', { component: component.name, gracePeriodMs });
      giveUp.abort();
      await sleep(clock, lastWordMs, over.signal);
      return false;
    });
    const ended = await Promise.race([stopped, late]);
    over.abort();
    return ended && !giveUp.signal.aborted;
  }

  async function stopQuietly(component: Component, clean: boolean): Promise<boolean> {
    try {
      await component.stop?.({ clean });
      return true;
    } catch (error) {
      log.error('did not stop in order', { component: component.name, error });
      return false;
    }
  }

  return { start, stop };
}
