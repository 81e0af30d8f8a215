/** How the parts that were stopped before this one ended. */
export interface StopContext {
  /**
   * True when everything that uses this component has ended by itself. False when some of it was given up on and may
   * still be at work: then nothing may be handed to another process, such as a lease.
   */
  readonly clean: boolean;
}

/** A part of the process that the manager starts and stops. A plain object. */
export interface Component {
  /** For messages: `controller mcpserver`, `health server`. */
  readonly name: string;
  /**
   * Its start may take for good, and that is no trouble: a replica that stands by. Then nobody is told again and again
   * that it is still starting. Default false.
   */
  readonly mayWait?: boolean;
  /**
   * Gets it going. The next component is started when this one's promise resolves, so a cache resolves when it is
   * synced and an election when it is won.
   *
   * @param signal aborted when there is no more time: give up everything, now
   */
  start(signal: AbortSignal): void | Promise<void>;
  /**
   * Ends it in an orderly way, and resolves when it has ended. Called also while the start is under way, which it ends
   * too. Default: nothing to do.
   */
  stop?(context: StopContext): void | Promise<void>;
}

/**
 * Several components that do not need each other, as one: started at the same time, and stopped at the same time.
 *
 * @param name of the whole
 */
export function together(name: string, components: readonly Component[]): Component {
  return {
    name,
    async start(signal) {
      await Promise.all(components.map((component) => component.start(signal)));
    },
    async stop(context) {
      const ends = await Promise.allSettled(components.map((component) => component.stop?.(context)));
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
    },
  };
}
