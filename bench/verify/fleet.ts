import { directDial } from '../../src/mcp/direct-dial.ts';
import { createVerifier, type PodTarget, type Verifier, type VerifySettings } from '../../src/mcp/verify/verifier.ts';
import { createLogger } from '../../src/runtime/log.ts';
import { createDueClock } from './due-clock.ts';
import type { Meter } from './meter.ts';

/** Many servers with a verifier over them. */
export interface Fleet {
  readonly verifier: Verifier;
  /** Servers whose findings changed, so far. */
  changes(): number;
  /** Probes that did not pass, so far, of servers whose name begins so. */
  failures(prefix: string): number;
  /** Has a server verified; its pods are at these ports. */
  track(name: string, ports: readonly number[], settings?: Partial<VerifySettings>): void;
}

/** What the API has as defaults. */
const defaults = { path: '/mcp', transport: 'StreamableHTTP', intervalMs: 30_000, timeoutMs: 5_000 } as const;

/**
 * A fleet, whose verifier is started.
 *
 * @param meter is told of every probe of a server whose name begins with `measured`
 */
export async function createFleet(meter: Meter, measured: string): Promise<Fleet> {
  const clock = createDueClock();
  const failed = new Map<string, number>();
  let changes = 0;
  const verifier = createVerifier({
    clock,
    log: await createLogger({ level: 'warn' }),
    dial(target, { host }) {
      if (target.pod.startsWith(measured)) meter.probed(clock.lateness() ?? 0);
      return directDial({ address: target.address, port: target.port, host });
    },
    token: async () => undefined,
    onChange: () => {
      changes += 1;
    },
    onProbe(server, { standing }) {
      if (standing !== 'Passed') failed.set(server, (failed.get(server) ?? 0) + 1);
    },
  });
  await verifier.start(new AbortController().signal);
  return {
    verifier,
    changes: () => changes,
    failures: (prefix) =>
      [...failed].reduce((sum, [server, count]) => sum + (server.startsWith(`bench/${prefix}`) ? count : 0), 0),
    track(name, ports, settings = {}) {
      const targets = ports.map((port, index): PodTarget => {
        const pod = `${name}-${index}`;
        return {
          uid: pod,
          namespace: 'bench',
          pod,
          address: '127.0.0.1',
          port,
          template: 'a',
          image: `image-of-${port}`,
        };
      });
      verifier.track(`bench/${name}`, { ...defaults, host: `${name}.bench.svc:8080`, ...settings }, targets);
    },
  };
}
