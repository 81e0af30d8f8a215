import { networkInterfaces } from 'node:os';
import { freePorts } from '../../cluster/control-plane/free-port.ts';
import { directDial } from '../../src/mcp/direct-dial.ts';
import { probe } from '../../src/mcp/probe.ts';
import type { ProbeResult, Released } from '../../src/mcp/verdict.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { RunConfig } from '../oci.ts';
import { allowedHosts, environmentFor } from './build-sdk-server.ts';
import type { Found, SdkServer } from './catalog.ts';
import { startRooted } from './rooted-process.ts';

/** What came of a trial. */
export interface Trial {
  /** As an MCPServer's user would set it up. */
  readonly usual: ProbeResult;
  readonly released: Released;
  /** With the SDK's guard against DNS rebinding in force, and another name in `Host` than it allows. */
  readonly guarded: ProbeResult | undefined;
  /** How it ended when it was asked to. */
  readonly ending: string;
}

const service = 'sdk.default.svc';

/**
 * Runs a server with its image's files as root, and probes it as the operator probes a pod: by an address that is not
 * loopback, and with the Service's name in `Host`.
 *
 * @param root the image's files, a host directory
 */
export async function tryServer(server: SdkServer, root: string, run: RunConfig): Promise<Trial> {
  const usual = await runAndProbe(server, root, run, environmentFor(server, service));
  const strict = strictEnvironment(server);
  const guarded = strict === undefined ? undefined : (await runAndProbe(server, root, run, strict)).result;
  return { usual: usual.result, released: usual.released, guarded, ending: usual.ending };
}

/**
 * What a probe found otherwise than the catalog says.
 *
 * @returns a line for each fact; none when all is as it should be
 */
export function surprises({ finds }: SdkServer, result: ProbeResult): string[] {
  if (result.verdict !== 'HandshakePassed') return [`${result.verdict}: ${result.message}`];
  const found: Found = { ...result.server, tools: result.tools?.length ?? 0 };
  const facts = ['era', 'protocolVersion', 'name', 'stateful', 'tools'] as const;
  return facts
    .filter((fact) => found[fact] !== finds[fact])
    .map((fact) => `${fact} is ${JSON.stringify(found[fact])}, not ${JSON.stringify(finds[fact])}`);
}

function strictEnvironment(server: SdkServer): Readonly<Record<string, string>> | undefined {
  if (server.hostCheck === 'Always') return {};
  if (server.hostCheck === 'WhenAsked') return { ALLOWED_HOSTS: allowedHosts(server, 'other.default.svc') };
  return undefined;
}

async function runAndProbe(server: SdkServer, root: string, run: RunConfig, env: Readonly<Record<string, string>>) {
  const address = podLikeAddress();
  const [port = 0] = await freePorts(1, '127.0.0.1');
  const running = await startRooted(root, run, server.args, { ...env, PORT: String(port) });
  const host = `${service}:${port}`;
  // Never rejects: the server is stopped whatever it finds.
  const result = await probe(
    { pod: 'trial', host },
    {
      dial: directDial({ address, port, host }),
      clock: systemClock,
      signal: new AbortController().signal,
      timeoutMs: 10_000,
      path: server.path,
      transport: server.transport,
    },
  );
  const released = await result.released;
  return { result, released, ending: await running.stop() };
}

/** This machine's own address, if it has one: a server may treat what comes in by loopback in another way. */
function podLikeAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}
