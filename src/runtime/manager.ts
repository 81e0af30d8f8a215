import { constants } from 'node:os';
import type { Clock } from './clock.ts';
import type { Component } from './component.ts';
import { keepAlive } from './keep-alive.ts';
import type { Logger } from './log.ts';
import { createStartStop } from './start-stop.ts';

/** The part of `process` that tells of signals and of errors that nobody caught. */
export interface ProcessEvents {
  on(event: string, listener: (...args: readonly unknown[]) => void): unknown;
  off(event: string, listener: (...args: readonly unknown[]) => void): unknown;
}

/** What a manager is made of. */
export interface ManagerOptions {
  /** In the order of starting; stopped in the reverse order. */
  readonly components: readonly Component[];
  readonly clock: Clock;
  readonly log: Logger;
  /**
   * How long stopping may take, in milliseconds. Default 25,000: a pod has 30 s (`terminationGracePeriodSeconds`), and
   * what does not end by itself needs the rest.
   */
  readonly gracePeriodMs?: number;
  /** Default `process`. */
  readonly events?: ProcessEvents;
}

/** The life of the process, from start to exit code. */
export interface Manager {
  /**
   * Starts everything, waits for the end, and stops everything.
   *
   * @returns the exit code, to exit with at once: 0 after an orderly stop; 1 when something did not start, failed, or did
   *   not stop in time; 128 + signal when a second signal cut the stop short
   */
  run(): Promise<number>;
  /** Ends the process without stopping anything in order, with exit code 1: for a lost lease. */
  fail(error: unknown): void;
  /** For a readiness check: what is wrong once the process is stopping, undefined before. */
  stopping(): string | undefined;
}

type StopSignal = 'SIGTERM' | 'SIGINT';

/**
 * A manager. SIGTERM and SIGINT stop the components in reverse order within the grace period; an error that nobody
 * caught ends the process at once, since nothing is known about its state any more.
 */
export function createManager(options: ManagerOptions): Manager {
  const { components, clock, log, gracePeriodMs = 25_000, events = process } = options;
  const giveUp = new AbortController();
  const parts = createStartStop({ components, clock, log, gracePeriodMs, giveUp });
  const asked = Promise.withResolvers<void>();
  const atOnce = Promise.withResolvers<number>();
  let stopping = false;

  function onSignal(signal: StopSignal): void {
    if (stopping) {
      log.warn('second signal: exiting at once', { signal });
      atOnce.resolve(128 + constants.signals[signal]);
    } else {
      stopping = true;
      log.info('stopping', { signal, gracePeriodMs });
      asked.resolve();
    }
  }

  function fail(message: string, error: unknown): void {
    stopping = true;
    log.error(message, { error });
    giveUp.abort();
    atOnce.resolve(1);
  }

  async function live(): Promise<number> {
    const startError = await Promise.race([asked.promise, tryStart()]);
    if (startError === undefined) await asked.promise;
    stopping = true;
    const clean = await parts.stop();
    log.info('stopped');
    return clean && startError === undefined ? 0 : 1;
  }

  /** Resolves with what went wrong, or with nothing when everything is up. */
  async function tryStart(): Promise<{ readonly error: unknown } | undefined> {
    try {
      await parts.start();
    } catch (error) {
      // Once it is being stopped, a start that breaks off is as it should be.
      if (!stopping) log.error('could not start', { error });
      return { error };
    }
    if (!stopping) log.info('everything is up');
    return undefined;
  }

  const listeners: readonly (readonly [string, (...args: readonly unknown[]) => void])[] = [
    ['SIGTERM', () => onSignal('SIGTERM')],
    ['SIGINT', () => onSignal('SIGINT')],
    ['uncaughtException', (error) => fail('an error that nothing caught: a bug', error)],
    ['unhandledRejection', (error) => fail('a rejected promise that nothing awaited: a bug', error)],
  ];

  return {
    async run() {
      const letGo = keepAlive();
      for (const [event, listener] of listeners) events.on(event, listener);
      try {
        return await Promise.race([atOnce.promise, live()]);
      } finally {
        giveUp.abort();
        for (const [event, listener] of listeners) events.off(event, listener);
        letGo();
      }
    },
    fail: (error) => fail('cannot go on', error),
    stopping: () => (stopping ? 'shutting down' : undefined),
  };
}
