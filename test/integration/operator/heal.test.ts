import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useControlPlane } from '../../support/control-plane.ts';
import { conditionOf, installMCPServerCrd, serversIn, startOperator } from '../../support/operator.ts';
import { until } from '../../support/until.ts';

/** Whatever somebody does to a child is put right at once; what is not ours is left alone. */

const plane = await useControlPlane();
await installMCPServerCrd(plane);

async function setUp(spec: object = {}) {
  const namespace = await plane.createNamespace();
  const servers = serversIn(plane, namespace);
  const operator = await startOperator(plane, { namespaces: [namespace] });
  await servers.create('weather', spec);
  const server = await servers.untilStatus('weather', 'a first status', ({ status }) => status !== undefined);
  const kubectl = (...args: string[]) => plane.kubectl(['-n', namespace, ...args]);
  const child = async (kind: string) => JSON.parse(await kubectl('get', kind, 'weather', '-o', 'json'));
  const events = async () => JSON.parse(await kubectl('get', 'events', '-o', 'json')).items.map(eventOf);
  return { namespace, servers, operator, server, kubectl, child, events };
}

function eventOf(event: { involvedObject: { kind: string }; type: string; reason: string; message: string }) {
  return `${event.involvedObject.kind} ${event.type} ${event.reason}: ${event.message}`;
}

const changes: readonly {
  readonly what: string;
  readonly kind: string;
  readonly args: readonly string[];
  readonly path: string;
}[] = [
  {
    what: 'replicas',
    kind: 'deployment',
    args: ['scale', 'deployment/weather', '--replicas=5'],
    path: 'spec.replicas',
  },
  {
    what: 'the image',
    kind: 'deployment',
    args: ['set', 'image', 'deployment/weather', 'mcp-server=example.com/evil:1'],
    path: 'spec.template.spec.containers[name=mcp-server].image',
  },
  {
    what: 'an environment variable',
    kind: 'deployment',
    args: ['set', 'env', 'deployment/weather', 'CITY=Rome'],
    path: 'spec.template.spec.containers[name=mcp-server].env[name=CITY].value',
  },
  {
    what: 'the container port',
    kind: 'deployment',
    args: [
      'patch',
      'deployment/weather',
      '--type=json',
      '-p',
      '[{"op":"replace","path":"/spec/template/spec/containers/0/ports/0/containerPort","value":81}]',
    ],
    path: 'spec.template.spec.containers[name=mcp-server].ports[containerPort=8080]',
  },
  {
    what: "the Service's port",
    kind: 'service',
    args: [
      'patch',
      'service/weather',
      '--type=json',
      '-p',
      '[{"op":"replace","path":"/spec/ports/0/port","value":81}]',
    ],
    path: 'spec.ports[name=http].port',
  },
  {
    what: "the Service's selector",
    kind: 'service',
    args: ['patch', 'service/weather', '-p', '{"spec":{"selector":{"mcp.mcp.dev/server":"other"}}}'],
    path: 'spec.selector.mcp.mcp.dev/server',
  },
  {
    what: 'a label',
    kind: 'service',
    args: ['label', 'service/weather', '--overwrite', 'app=other'],
    path: 'metadata.labels.app',
  },
];

for (const { what, kind, args, path } of changes) {
  test(`a foreign change of ${what} is put right, and told`, async () => {
    const { kubectl, child, events, operator } = await setUp({ env: [{ name: 'CITY', value: 'Oslo' }] });
    const { spec, metadata } = await child(kind);
    await kubectl(...args);
    await until(
      async () => {
        const now = await child(kind);
        assert.deepEqual(now.spec, spec);
        assert.deepEqual(now.metadata.labels, metadata.labels);
        return true;
      },
      { what: `${what} to be put right` },
    );
    await until(
      async () => (await events()).some((event: string) => event.includes(`Restored: `) && event.includes(path)),
      {
        what: `an event that names ${path}`,
      },
    );
    await operator.stop();
  });
}

for (const kind of ['deployment', 'service']) {
  test(`a deleted ${kind} is created again, and told`, async () => {
    const { kubectl, child, events, operator } = await setUp();
    const { metadata } = await child(kind);
    await kubectl('delete', kind, 'weather', '--wait=false');
    await until(async () => (await child(kind)).metadata.uid !== metadata.uid, { what: `a new ${kind}` });
    await until(
      async () => (await events()).some((event: string) => event.includes('was missing and has been created')),
      {
        what: 'an event',
      },
    );
    await operator.stop();
  });

  test(`a ${kind} that lost our labels is found and given them back`, async () => {
    const { kubectl, child, operator } = await setUp();
    const { metadata } = await child(kind);
    await kubectl('label', kind, 'weather', 'mcp.mcp.dev/server-', 'app.kubernetes.io/managed-by-');
    await until(async () => (await child(kind)).metadata.labels['mcp.mcp.dev/server'] === 'weather', {
      what: 'the label',
    });
    assert.equal((await child(kind)).metadata.uid, metadata.uid, 'it is the same object');
    await operator.stop();
  });

  test(`an orphaned ${kind} of ours is adopted`, async () => {
    const { kubectl, child, operator } = await setUp();
    const { metadata } = await child(kind);
    await kubectl(
      'patch',
      kind,
      'weather',
      '--type=json',
      '-p',
      '[{"op":"remove","path":"/metadata/ownerReferences"}]',
    );
    await until(async () => (await child(kind)).metadata.ownerReferences?.[0]?.controller === true, {
      what: 'an owner',
    });
    assert.equal((await child(kind)).metadata.uid, metadata.uid);
    await operator.stop();
  });
}

test("what others add survives: a sidecar, an annotation, a restart, another manager's env", async () => {
  const { kubectl, child, servers, operator } = await setUp();
  await kubectl('rollout', 'restart', 'deployment/weather');
  const patch = {
    metadata: { annotations: { team: 'blue' } },
    spec: {
      template: {
        spec: {
          containers: [
            { name: 'sidecar', image: 'example.com/sidecar:1' },
            { name: 'mcp-server', env: [{ name: 'INJECTED', value: 'yes' }] },
          ],
        },
      },
    },
  };
  await kubectl('patch', 'deployment/weather', '-p', JSON.stringify(patch));
  // A change of our own must not sweep them away.
  await servers.change('weather', { image: 'example.com/weather:2.0' });
  const { metadata, spec } = await until(
    async () => {
      const now = await child('deployment');
      const ours = now.spec.template.spec.containers.find(({ name }: { name: string }) => name === 'mcp-server');
      return ours.image === 'example.com/weather:2.0' ? now : undefined;
    },
    { what: 'the new image' },
  );
  const { containers } = spec.template.spec;
  assert.equal(metadata.annotations.team, 'blue');
  assert.ok(spec.template.metadata.annotations['kubectl.kubernetes.io/restartedAt']);
  assert.ok(containers.some(({ name }: { name: string }) => name === 'sidecar'));
  const ours = containers.find(({ name }: { name: string }) => name === 'mcp-server');
  assert.deepEqual(ours.env, [{ name: 'INJECTED', value: 'yes' }]);
  await operator.stop();
});

test('a field that is dropped from the spec is dropped from the Deployment', async () => {
  const { servers, child, operator } = await setUp({ env: [{ name: 'CITY', value: 'Oslo' }], args: ['--fast'] });
  await servers.change('weather', { env: null, args: null });
  await until(
    async () => {
      const [container] = (await child('deployment')).spec.template.spec.containers;
      return container.env === undefined && container.args === undefined;
    },
    { what: 'env and args to be gone' },
  );
  await operator.stop();
});

test('somebody who changes a field back each time gets the last word for a while, and a condition tells', async () => {
  const { servers, kubectl, child, operator } = await setUp();
  const server = await until(
    async () => {
      if ((await child('deployment')).spec.replicas === 1) await kubectl('scale', 'deployment/weather', '--replicas=4');
      const now = await servers.get('weather');
      return conditionOf(now, 'Accepted')?.reason === 'Overridden' ? now : undefined;
    },
    { what: 'the fight to be noticed', intervalMs: 20, deadlineMs: 60_000 },
  );
  assert.match(
    conditionOf(server, 'Accepted')?.message ?? '',
    /Somebody keeps changing spec\.replicas of Deployment weather/,
  );
  await operator.stop();
});
