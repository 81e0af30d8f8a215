import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { createServer } from 'node:net';
import { parse } from 'yaml';
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts';
import { runOrThrow } from '../../cluster/process/run.ts';
import type { MCPServer } from '../../src/api/v1alpha1/mcp-server.ts';
import { deployments, services } from '../../src/controller/resources.ts';
import { wishFor } from '../../src/controller/wishes.ts';
import { createOperator } from '../../src/operator.ts';
import { type OperatorFlags, operatorFlags } from '../../src/operator-flags.ts';
import { setIn } from '../../src/runtime/certificates/certificate-set.ts';
import { callPath } from '../../src/runtime/certificates/webhook-configuration.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { connect } from '../../src/runtime/connect.ts';
import { createClient } from '../../src/runtime/kube-client.ts';
import { createLogger, type Logger } from '../../src/runtime/log.ts';
import { createStartStop } from '../../src/runtime/start-stop.ts';
import { servingNames } from '../../src/serving-names.ts';
import { type Figure, table } from '../verify/figures.ts';
import { percentile } from '../verify/percentile.ts';
import { snapshotAlone, startInstantWebhook } from './instant-webhook.ts';
import { type BenchOptions, benchOptions, help } from './options.ts';

// What an answer of the admission webhook costs beyond the dry runs in it. `--help` tells the rest.

const NAMESPACE = 'default';
const crdFile = new URL('../../config/crd/bases/mcp.mcp.dev_mcpservers.yaml', import.meta.url);

/** Calls whose time does not count: connections are made, code is compiled. */
const WARM_UP = 50;

/** A server that nobody has, as the API server would hand it to the webhook. */
function serverOf(index: number): MCPServer {
  return {
    apiVersion: 'mcp.mcp.dev/v1alpha1',
    kind: 'MCPServer',
    metadata: {
      name: `bench-${index}`,
      namespace: NAMESPACE,
      uid: `00000000-0000-0000-0000-${String(index).padStart(12, '0')}`,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: {
      image: 'example.com/weather:1.0',
      replicas: 2,
      port: 8080,
      path: '/mcp',
      transport: 'StreamableHTTP',
      sessionAffinity: 'Auto',
      verify: { interval: '30s', timeout: '5s' },
      health: {
        type: 'Auto',
        path: '/health',
        initialDelaySeconds: 0,
        periodSeconds: 10,
        timeoutSeconds: 5,
        failureThreshold: 3,
      },
    },
  };
}

/** @returns whether all figures are met */
async function main(
  { calls, concurrency }: BenchOptions,
  { plane, port, log }: { readonly plane: ControlPlane; readonly port: number; readonly log: Logger },
): Promise<boolean> {
  const connection = await connect({ clock: systemClock, kubeconfig: plane.kubeconfig });
  const client = createClient({ connection, clock: systemClock });
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency, rejectUnauthorized: false });
  const secret = await untilThere(() =>
    client.get({ ...secretWithValues, verbs: ['get'] }, NAMESPACE, servingNames.secret),
  );
  const path = callPath(setIn(secret).callerToken);

  const instant = await startInstantWebhook(log);
  /** One call of a webhook, in milliseconds. */
  const admission = (server: MCPServer, to = port) =>
    timed(async () => {
      const { metadata } = server;
      const resource = { group: 'mcp.mcp.dev', version: 'v1alpha1', resource: 'mcpservers' };
      const asked = { uid: metadata.uid, operation: 'CREATE', namespace: NAMESPACE, resource, object: server };
      const answer = await post(agent, to, `${path}?timeout=10s`, JSON.stringify({ request: asked }));
      const { response } = JSON.parse(answer);
      if (response?.allowed !== true || response.warnings !== undefined) throw new Error(`not admitted: ${answer}`);
    });
  /** The dry runs that it sends, sent straight, in milliseconds. */
  const dryRuns = (server: MCPServer) =>
    timed(async () => {
      const whole = snapshotAlone(server);
      const both = [
        [deployments, wishFor(whole, 'Deployment')],
        [services, wishFor(whole, 'Service')],
      ] as const;
      await Promise.all(
        both.map(([resource, wish]) => {
          const guarded = { ...wish, metadata: { ...wish.metadata, resourceVersion: '1' } };
          return client.apply(resource as never, guarded, { dryRun: true });
        }),
      );
    });

  const pairs: { admission: number; dry: number }[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < calls + WARM_UP; index = next++) {
      const server = serverOf(index);
      // Each goes first half of the time: what the first leaves warm, the second finds warm.
      const first = index % 2 === 0;
      const before = first ? await dryRuns(server) : undefined;
      const answered = await admission(server);
      const dry = before ?? (await dryRuns(server));
      if (index >= WARM_UP) pairs.push({ admission: answered, dry });
      if (index % 100 === 99) console.log(`  ${index + 1} of ${calls + WARM_UP} calls`);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));

  // By themselves: beside dry runs they would wait for the API server's share of the processors.
  const own: number[] = [];
  let asked = 0;
  const again = async () => {
    for (let index = asked++; index < calls + WARM_UP; index = asked++) {
      const took = await admission(serverOf(index), instant.port);
      if (index >= WARM_UP) own.push(took);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, again));
  client.close();
  agent.destroy();
  await instant.stop();

  const whole = pairs.map((pair) => pair.admission);
  const dry = pairs.map((pair) => pair.dry);
  const beyond = percentile(own, 0.99);
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  const figures: readonly Figure[] = [
    { what: 'an answer, p50', value: ms(percentile(whole, 0.5)) },
    { what: 'an answer, p99', value: ms(percentile(whole, 0.99)) },
    { what: 'its two dry runs alone, p50', value: ms(percentile(dry, 0.5)) },
    { what: 'its two dry runs alone, p99', value: ms(percentile(dry, 0.99)) },
    { what: 'an answer where dry runs take no time, p50', value: ms(percentile(own, 0.5)) },
    {
      what: 'an answer where dry runs take no time, p99',
      value: ms(beyond),
      wanted: 'less than 50 ms',
      met: beyond < 50,
    },
  ];
  console.log(`${calls} calls, ${concurrency} at a time\n${table(figures)}`);
  return figures.every(({ met }) => met !== false);
}

const secretWithValues = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true } as const;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

async function untilThere<T>(look: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await look();
    } catch (thrown) {
      if (attempt === 100) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function post(agent: Agent, port: number, path: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request({ agent, host: '127.0.0.1', port, path, method: 'POST' }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject).on('end', () => resolve(text));
    });
    call.on('error', reject);
    call.end(body);
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

const options = benchOptions(process.argv.slice(2));
if (options === undefined) console.log(help);
else {
  console.log('Starting an API server and the operator …');
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const plane = await startControlPlane({ signal: stop.signal });
  stop.signal.addEventListener('abort', () => void plane.stop().finally(() => process.exit(130)));
  const log = await createLogger({ level: 'warn' });
  const port = await freePort();
  const crd = await readFile(crdFile, 'utf8');
  await runOrThrow(plane.kubectl, ['--kubeconfig', plane.kubeconfig, 'apply', '--server-side', '-f', '-'], {
    input: crd,
  });
  const { metadata }: { metadata: { name: string } } = parse(crd);
  const established = ['wait', '--for=condition=Established', `crd/${metadata.name}`];
  await runOrThrow(plane.kubectl, ['--kubeconfig', plane.kubeconfig, ...established]);
  const defaults = Object.fromEntries(Object.entries(operatorFlags).map(([name, flag]) => [name, flag.default]));
  const { components } = createOperator({
    connection: await connect({ clock: systemClock, kubeconfig: plane.kubeconfig }),
    flags: {
      ...(defaults as OperatorFlags),
      metricsBindAddress: 'disabled',
      healthProbeBindAddress: 'disabled',
      webhookBindAddress: { host: '127.0.0.1', port },
      leaderElectionNamespace: NAMESPACE,
    },
    clock: systemClock,
    log,
    onFatal: (error) => log.error('the operator failed', { error }),
  });
  const giveUp = new AbortController();
  const parts = createStartStop({ components, clock: systemClock, log, gracePeriodMs: 10_000, giveUp });
  try {
    await parts.start();
    const met = await main(options, { plane, port, log });
    if (options.check && !met) process.exitCode = 1;
  } finally {
    await parts.stop();
    giveUp.abort();
    await plane.stop();
  }
}
