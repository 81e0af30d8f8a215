import { setTimeout as sleep } from 'node:timers/promises';
import type { NamespaceStage } from '../../support/operator-stage.ts';
import { until } from '../../support/until.ts';

/** MCPServers that somebody changes all the time, so that whoever leads always has something to write. */
export interface Workload {
  /** Ends the changes; harmless when they have ended. */
  stop(): Promise<void>;
  /** Ends the changes, and waits until every server is carried out as its last spec says: nothing lost, nothing wrong. */
  untilRight(): Promise<void>;
}

/** How many, and how often one of them is changed: often enough that there is a write in every second. */
const SERVERS = 4;
const PERIOD_MS = 150;

/** How long a change is tried: an API server may be away for a minute, and a busy machine takes its time. */
const PATIENCE_MS = 150_000;

/** Begins at once. A change that the API server does not take, because it is away, is made again. */
export function startWorkload({ servers, child }: NamespaceStage): Workload {
  const names = Array.from({ length: SERVERS }, (_, index) => `busy-${index}`);
  const wished = new Map<string, number>();
  const stopping = new AbortController();
  let failure: unknown;
  const ended = change().catch((thrown: unknown) => {
    failure = thrown;
  });

  async function change(): Promise<void> {
    for (const name of names) {
      // One whose answer was lost is there already.
      const create = () => servers.create(name, { port: portOf(name) }).catch(() => servers.get(name));
      await until(create, { what: `${name} to be created`, deadlineMs: PATIENCE_MS });
    }
    for (let turn = 0; !stopping.signal.aborted; turn += 1) {
      const name = names[turn % names.length] ?? '';
      wished.set(name, 8000 + turn);
      const make = () => servers.change(name, { port: portOf(name) });
      await until(make, { what: `${name} to be changed`, deadlineMs: PATIENCE_MS });
      await sleep(PERIOD_MS);
    }
  }

  function portOf(name: string): number {
    return wished.get(name) ?? 8000;
  }

  async function isRight(name: string): Promise<boolean> {
    const { metadata, status } = await servers.get(name);
    const [deployment, service] = await Promise.all([child('deployment', name), child('service', name)]);
    const [container] = deployment.spec.template.spec.containers;
    return (
      status?.observedGeneration === metadata.generation &&
      container.ports[0].containerPort === portOf(name) &&
      service.spec.ports[0].port === portOf(name)
    );
  }

  async function stop(): Promise<void> {
    stopping.abort();
    await ended;
    if (failure !== undefined) throw failure;
  }

  return {
    stop,
    async untilRight() {
      await stop();
      for (const name of names) {
        await until(() => isRight(name), { what: `${name} to be as its last spec says`, deadlineMs: PATIENCE_MS });
      }
    },
  };
}
