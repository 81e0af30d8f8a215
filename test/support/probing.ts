import { directDial } from '../../src/mcp/direct-dial.ts';
import { type ProbeOptions, probe } from '../../src/mcp/probe.ts';
import type { ProbeResult, Released } from '../../src/mcp/verdict.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { until } from './until.ts';

/** Where a server under test listens. */
export interface Listening {
  readonly address: string;
  readonly port: number;
  openSockets(): number;
}

/** The Host that servers under test see. */
export const hostOf = (port: number) => `weather.default.svc:${port}`;

/** The options of a probe that a test does not care for. The deadline is far: only a failing test meets it. */
export function optionsFor(server: Listening, more: Partial<ProbeOptions> = {}): ProbeOptions {
  return {
    dial: directDial({ address: server.address, port: server.port, host: hostOf(server.port) }),
    clock: systemClock,
    signal: new AbortController().signal,
    timeoutMs: 30_000,
    path: '/mcp',
    transport: 'StreamableHTTP',
    ...more,
  };
}

/** A result, with what came of its end. */
export type EndedProbe = ProbeResult & { readonly ended: Released };

/** Probes a server, waits for the end, and checks that no socket is left over. */
export async function probeServer(server: Listening, more: Partial<ProbeOptions> = {}): Promise<EndedProbe> {
  return ended(server, probe({ pod: 'weather-0', host: hostOf(server.port) }, optionsFor(server, more)));
}

/** A probe whose time a test owns. */
export interface TimedProbe {
  readonly clock: FakeClock;
  /** Ends as `probeServer` does. */
  readonly result: Promise<EndedProbe>;
}

/** Probes with a clock that stands still until the test moves it. */
export function timedProbe(server: Listening, more: Partial<ProbeOptions> = {}): TimedProbe {
  const clock = createFakeClock();
  const options = optionsFor(server, { clock, timeoutMs: 5_000, ...more });
  return { clock, result: ended(server, probe({ pod: 'weather-0', host: hostOf(server.port) }, options)) };
}

async function ended(server: Listening, probing: Promise<ProbeResult>): Promise<EndedProbe> {
  const result = await probing;
  const end = await result.released;
  await until(() => server.openSockets() === 0, { what: 'every socket of the probe to be closed', intervalMs: 5 });
  return { ...result, ended: end };
}
