import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadImage } from '../../cluster/cluster.ts';
import { buildSdkServer, environmentFor, missingToolchain } from '../../images/sdk-servers/build-sdk-server.ts';
import { type SdkServer, type SdkServerName, sdkServerNames, sdkServers } from '../../images/sdk-servers/catalog.ts';
import type { MCPServer } from '../../src/api/v1alpha1/mcp-server.ts';
import { noPods } from './support/no-pods.ts';
import { useOperator } from './support/operator-stage.ts';
import type { Playground } from './support/playground.ts';

/**
 * Servers on every official SDK, in pods, in every era of the protocol: each must be verified as it is, without a word
 * about it in its spec but the transport and the path. None of them serves `/health`.
 */

/** Why a server's image could not be built: a toolchain that this machine does not have. */
const missing = new Map<SdkServerName, string>();
let playground: Playground;

useOperator([], async (stage) => {
  // All tests share it: it goes with the stage.
  playground = await stage.playground({ after: () => undefined });
  for (const name of sdkServerNames) {
    try {
      const { ref, archivePath } = await buildSdkServer(name, { progress: (line) => console.log(`# ${line}`) });
      await loadImage(archivePath);
      await playground.applyServer(name, specFor(name, ref));
    } catch (thrown) {
      const reason = missingToolchain(thrown);
      if (reason === undefined) throw thrown;
      missing.set(name, reason);
    }
  }
});

function specFor(name: SdkServerName, image: string): object {
  const server: SdkServer = sdkServers[name];
  const environment = environmentFor(server, `${name}.${playground.namespace}.svc`);
  return {
    image,
    args: server.args,
    transport: server.transport,
    path: server.path,
    // Half of them say what Auto would find out, which spares the machine half of the rollouts.
    ...(isTold(name) ? { health: { type: 'MCP' } } : {}),
    env: Object.entries(environment).map(([variable, value]) => ({ name: variable, value })),
  };
}

function isTold(name: SdkServerName): boolean {
  return sdkServerNames.indexOf(name) % 2 === 1;
}

for (const name of sdkServerNames) {
  const { sdk, finds }: SdkServer = sdkServers[name];
  test(`${name} (${sdk}) is verified: MCP ${finds.protocolVersion}`, { skip: noPods }, async (t) => {
    const reason = missing.get(name);
    if (reason !== undefined) return t.skip(reason);
    const { spec, status } = await playground.untilServer(name, 'Ready', isReady);
    assert.equal(status?.server?.protocolVersion, finds.protocolVersion);
    assert.equal(status?.server?.name, finds.name);
    assert.equal(status?.server?.stateful, finds.stateful);
    assert.equal(status?.tools?.count, finds.tools);
    assert.equal(status?.verifiedReplicas, 1);
    assert.equal(status?.health?.type, 'MCP', 'none of them has a /health');
    const affinity = await playground.kubectl('get', 'service', name, '-o', 'jsonpath={.spec.sessionAffinity}');
    assert.equal(affinity, finds.stateful ? 'ClientIP' : 'None', `sessionAffinity ${spec.sessionAffinity}`);
  });
}

function isReady({ status, metadata }: MCPServer): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const isCurrent = ready?.status === 'True' && ready.observedGeneration === metadata.generation;
  // While Auto's rollout goes on, the old pod and the new one both answer.
  return isCurrent && status?.verifiedReplicas === 1 && status.health?.type === 'MCP';
}
