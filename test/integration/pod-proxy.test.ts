import assert from 'node:assert/strict';
import { test } from 'node:test';
import { podProxyDial } from '../../src/mcp/pod-proxy-dial.ts';
import { type ProbeOptions, probe } from '../../src/mcp/probe.ts';
import type { ProbeResult } from '../../src/mcp/verdict.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { connect } from '../../src/runtime/connect.ts';
import { createTransport } from '../../src/runtime/transport.ts';
import { useControlPlane } from '../support/control-plane.ts';
import { startLoopbackServer } from '../support/loopback-server.ts';
import { machineAddress } from '../support/machine-address.ts';
import { reportPod } from '../support/pretend-kubelet.ts';
import { startSdkServer } from '../support/sdk-server.ts';
import { until } from '../support/until.ts';

/** Probes through a real API server's pod proxy; the pod is real to it, and its address is this machine's. */

const address = machineAddress();
const skip = address === undefined ? 'this machine has no address that an API server would proxy to' : false;
const plane = await useControlPlane(['etcd', 'kube-apiserver']);
const namespace = await plane.createNamespace();
let pods = 0;

/** A pod whose containers are said to run at this machine's address. */
async function podAt(podIP: string | undefined): Promise<string> {
  const name = `pod-${++pods}`;
  await plane.request('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: 'default' } });
  await plane.send('POST', `/api/v1/namespaces/${namespace}/pods`, {
    metadata: { name },
    spec: { containers: [{ name: 'c', image: 'none' }], automountServiceAccountToken: false },
  });
  if (podIP !== undefined) {
    await reportPod(plane, namespace, name, { phase: 'Running', podIP, podIPs: [{ ip: podIP }] });
  }
  return name;
}

async function probeVia(
  pod: string,
  port: number,
  more: Partial<ProbeOptions> & { readonly kubeconfig?: string } = {},
): Promise<ProbeResult> {
  const { kubeconfig = plane.kubeconfig, ...rest } = more;
  const connection = await connect({ clock: systemClock, kubeconfig });
  const transport = createTransport({ connection, clock: systemClock, userAgent: 'test/1' });
  const host = `weather.${namespace}.svc:${port}`;
  const result = await probe(
    { pod, host },
    {
      dial: podProxyDial(transport, { namespace, pod, port, host }),
      clock: systemClock,
      signal: new AbortController().signal,
      timeoutMs: 20_000,
      path: '/mcp',
      transport: 'StreamableHTTP',
      ...rest,
    },
  );
  await result.released;
  transport.close();
  return result;
}

test('probing through the API server', { skip }, async (t) => {
  await t.test('a server with sessions and event streams passes, and is left without a session', async () => {
    const server = await startSdkServer({ address });
    const result = await probeVia(await podAt(address), server.port);
    assert.equal(result.verdict, 'HandshakePassed', JSON.stringify(result));
    assert.equal(result.server?.stateful, true);
    assert.equal(server.everOpened(), 1);
    assert.equal(server.sessions(), 0);
  });

  await t.test('streams arrive as they come: HTTP+SSE passes', async () => {
    const server = await startSdkServer({ address, kind: 'sse' });
    const result = await probeVia(await podAt(address), server.port, { path: '/sse', transport: 'SSE' });
    assert.equal(result.verdict, 'HandshakePassed', JSON.stringify(result));
    await until(() => server.sessions() === 0, { what: 'the stream to be closed' });
  });

  await t.test('the pod sees the Host of the Service, MCP’s headers, and no credentials', async () => {
    const seen: Record<string, unknown>[] = [];
    const server = await startLoopbackServer((request, response) => {
      seen.push(request.headers);
      response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
    }, address);
    const result = await probeVia(await podAt(address), server.port, { auth: 'pod-token' });
    assert.equal(seen[0]?.host, `weather.${namespace}.svc:${server.port}`);
    assert.equal(seen[0]?.['mcp-method'], 'server/discover');
    assert.equal(seen[0]?.authorization, undefined);
    assert.equal(result.verdict, 'AuthRequired', JSON.stringify(result));
    assert.match(result.message, /--probe-via=direct/);
  });

  await t.test('a pod’s own refusal is its own, also as JSON', async () => {
    const server = await startLoopbackServer((_request, response) => {
      response.writeHead(500, { 'content-type': 'application/json' }).end('{"kind":"Oops"}');
    }, address);
    const result = await probeVia(await podAt(address), server.port);
    assert.equal(result.verdict, 'ServerError', JSON.stringify(result));
    assert.match(result.came, /HTTP 500 .*Oops/);
  });

  await t.test('a port where nothing listens is Unreachable', async () => {
    const server = await startLoopbackServer(() => undefined, address);
    await server.close();
    const result = await probeVia(await podAt(address), server.port);
    assert.equal(result.verdict, 'Unreachable', JSON.stringify(result));
    assert.match(result.came, /connection refused/);
  });

  await t.test('a pod that closes without an answer is ConnectionLost', async () => {
    const server = await startLoopbackServer((request) => request.socket.destroy(), address);
    const result = await probeVia(await podAt(address), server.port);
    assert.equal(result.verdict, 'ConnectionLost', JSON.stringify(result));
  });

  await t.test('a pod that never answers is a timeout, and nothing goes on', async () => {
    const server = await startLoopbackServer(() => undefined, address);
    const result = await probeVia(await podAt(address), server.port, { timeoutMs: 300 });
    assert.equal(result.verdict, 'HandshakeTimeout', JSON.stringify(result));
    await until(() => server.openSockets() === 0, { what: 'the API server to hang up' });
  });

  await t.test('a pod without an address, or that is gone, says nothing about the server', async () => {
    for (const pod of [await podAt(undefined), 'no-such-pod']) {
      const result = await probeVia(pod, 8080);
      assert.equal(result.verdict, 'ProbeError', JSON.stringify(result));
      assert.equal(result.standing, 'None');
    }
  });

  await t.test('the declared rights are enough, and without them the fix is named', async () => {
    const server = await startSdkServer({ address });
    const pod = await podAt(address);
    const rule = { apiGroups: [''], resources: ['pods/proxy'], verbs: ['get', 'create', 'delete'] };
    const allowed = await plane.createUser(namespace, { rules: [rule] });
    const passed = await probeVia(pod, server.port, { kubeconfig: allowed.kubeconfig });
    assert.equal(passed.verdict, 'HandshakePassed', JSON.stringify(passed));

    const denied = await plane.createUser(namespace, {});
    const result = await probeVia(pod, server.port, { kubeconfig: denied.kubeconfig });
    assert.equal(result.verdict, 'ProbeError', JSON.stringify(result));
    assert.match(result.message, /grant get, create and delete on pods\/proxy/);
  });
});
