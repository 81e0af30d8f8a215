import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { ClusterError } from '../../cluster/cluster-error.ts';
import { useControlPlane } from '../support/control-plane.ts';
import { readCrd, twinCrd } from '../support/crd.ts';
import { until } from '../support/until.ts';

/**
 * What the CRD promises about stored objects: defaults, status and scale subresources, columns, merging of lists.
 * On a twin of the CRD, so that an operator of another test does not write the status before we do.
 */

const cluster = await useControlPlane(['etcd', 'kube-apiserver']);
const twin = await twinCrd();
let namespace: string;

before(async () => {
  await cluster.installCrd(twin.crd);
  namespace = await cluster.createNamespace();
  // Discovery, which kubectl asks first, knows a new CRD a moment after it is Established.
  await until(() => printedBy(['get', twin.resource, '-n', namespace]), { what: 'discovery to know the CRD' });
});

/** What kubectl printed; undefined when it failed, since it may not know the CRD yet. */
async function printedBy(args: readonly string[]): Promise<string | undefined> {
  try {
    return (await cluster.kubectl(args)) || 'nothing';
  } catch (thrown) {
    if (thrown instanceof ClusterError && thrown.code === 'CommandFailed') return undefined;
    throw thrown;
  }
}

interface Stored {
  readonly metadata: { readonly generation: number; readonly resourceVersion: string };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

const pathOf = (name: string, subresource = '') => `${twin.path(namespace)}/${name}${subresource}`;

function create(name: string, spec: object = {}): Promise<Stored> {
  const object = { apiVersion: twin.apiVersion, kind: 'MCPServer', metadata: { name } };
  return cluster.send('POST', twin.path(namespace), { ...object, spec: { image: 'weather:1', ...spec } });
}

function apply(name: string, manager: string, fields: object, subresource = ''): Promise<Stored> {
  const object = { apiVersion: twin.apiVersion, kind: 'MCPServer', metadata: { name }, ...fields };
  const path = `${pathOf(name, subresource)}?fieldManager=${manager}`;
  return cluster.send('PATCH', path, object, 'application/apply-patch+yaml');
}

const condition = (type: string, status: string, reason: string) => ({
  type,
  status,
  reason,
  message: '',
  lastTransitionTime: '2026-01-02T03:04:05Z',
  observedGeneration: 1,
});

describe('status', () => {
  const whole = {
    observedGeneration: 1,
    phase: 'Running',
    availableReplicas: 2,
    replicas: 2,
    selector: 'mcp.mcp.dev/server=weather',
    url: 'http://weather.default.svc:8080/mcp',
    conditions: [condition('Ready', 'True', 'AllReady'), condition('Accepted', 'True', 'Accepted')],
  };

  test('is stored whole, and leaves generation and spec alone', async () => {
    const before = await create('status-whole', { replicas: 2 });
    assert.equal(before.status, undefined);
    const after = await apply('status-whole', 'operator', { status: whole }, '/status');
    assert.deepEqual(after.status, whole);
    assert.equal(after.metadata.generation, before.metadata.generation);
    assert.deepEqual(after.spec, before.spec);
  });

  test('cannot be written together with the spec', async () => {
    const stored = await create('status-with-spec', { status: whole });
    assert.equal(stored.status, undefined);
    const after = await cluster.send<Stored>('PATCH', pathOf('status-with-spec'), { status: whole });
    assert.equal(after.status, undefined);
  });

  test('a spec written through it is ignored', async () => {
    await create('spec-with-status');
    const change = { spec: { replicas: 5 }, status: { phase: 'Pending' } };
    const after = await cluster.send<Stored>('PATCH', pathOf('spec-with-status', '/status'), change);
    assert.equal(after.spec.replicas, 1);
    assert.equal(after.status?.phase, 'Pending');
  });

  test('conditions are told apart by type: two writers do not overwrite each other', async () => {
    await create('status-conditions');
    const ready = { status: { conditions: [condition('Ready', 'False', 'Starting')] } };
    const other = { status: { conditions: [condition('example.com/Audited', 'True', 'Audited')] } };
    await apply('status-conditions', 'operator', ready, '/status');
    const { status } = await apply('status-conditions', 'auditor', other, '/status');
    const conditions = status?.conditions as readonly { type: string }[];
    assert.deepEqual(conditions.map(({ type }) => type).sort(), ['Ready', 'example.com/Audited']);
  });

  const refused: Readonly<Record<string, readonly [status: object, part: RegExp]>> = {
    'a phase that does not exist': [{ phase: 'Broken' }, /status\.phase.*"Broken".*"Running"/],
    'a negative count': [{ availableReplicas: -1 }, /status\.availableReplicas.*-1/],
    'a condition without a reason': [{ conditions: [condition('Ready', 'True', '')] }, /conditions\[0\]\.reason/],
    'a condition with a sentence for a reason': [
      { conditions: [condition('Ready', 'True', 'all is well')] },
      /conditions\[0\]\.reason/,
    ],
    'a condition that is Maybe': [{ conditions: [condition('Ready', 'Maybe', 'Unsure')] }, /"Maybe".*"Unknown"/],
    'the same condition twice': [
      { conditions: [condition('Ready', 'True', 'A'), condition('Ready', 'False', 'B')] },
      /Duplicate value.*Ready/,
    ],
  };
  for (const [what, [status, part]] of Object.entries(refused)) {
    test(`refused: ${what}`, async () => {
      const name = `refused-${Object.keys(refused).indexOf(what)}`;
      await create(name);
      const answer = await cluster.request('PATCH', pathOf(name, '/status'), { status });
      assert.equal(answer.status, 422);
      assert.match((answer.body as { message: string }).message, part);
    });
  }
});

describe('scale', () => {
  interface Scale {
    readonly spec: { readonly replicas?: number };
    readonly status: { readonly replicas: number; readonly selector?: string };
  }

  test('shows the replicas wanted, the replicas there are, and the selector', async () => {
    await create('scale-read', { replicas: 3 });
    const status = { replicas: 2, selector: 'mcp.mcp.dev/server=scale-read' };
    await apply('scale-read', 'operator', { status }, '/status');
    const scale = await cluster.send<Scale>('GET', pathOf('scale-read', '/scale'));
    assert.equal(scale.spec.replicas, 3);
    assert.deepEqual(scale.status, status);
  });

  test('kubectl scale changes spec.replicas, and with it the generation', async () => {
    const before = await create('scale-kubectl');
    const printed = await cluster.kubectl(['scale', `${twin.resource}/scale-kubectl`, '-n', namespace, '--replicas=3']);
    assert.match(printed, /scaled/);
    const after = await cluster.send<Stored>('GET', pathOf('scale-kubectl'));
    assert.equal(after.spec.replicas, 3);
    assert.equal(after.metadata.generation, before.metadata.generation + 1);
  });

  test('scale to 0 and back', async () => {
    await create('scale-zero');
    for (const replicas of [0, 1]) {
      const path = pathOf('scale-zero', '/scale');
      const scale = await cluster.send<Scale>('PATCH', path, { spec: { replicas } });
      assert.equal(scale.spec.replicas ?? 0, replicas);
    }
  });

  test('a negative number is refused', async () => {
    await create('scale-negative');
    const answer = await cluster.request('PATCH', pathOf('scale-negative', '/scale'), { spec: { replicas: -1 } });
    assert.equal(answer.status, 422);
    assert.match((answer.body as { message: string }).message, /replicas: Invalid value: -1/);
  });
});

describe('spec', () => {
  test('unknown fields are dropped where the client did not ask to be told', async () => {
    const stored = await create('pruned', { later: true, health: { interval: 5 } });
    assert.ok(!('later' in stored.spec));
    assert.ok(!('interval' in (stored.spec.health as object)));
  });

  test('a default that the user removes comes back', async () => {
    await create('default-back', { port: 3001 });
    const after = await cluster.send<Stored>('PATCH', pathOf('default-back'), { spec: { port: null, health: null } });
    assert.equal(after.spec.port, 8080);
    assert.equal((after.spec.health as { path: string }).path, '/health');
  });

  test('env is merged by name, so each writer keeps its own variables', async () => {
    const env = (name: string, value: string) => ({ spec: { image: 'weather:1', env: [{ name, value }] } });
    await apply('env-merge', 'one', env('A', '1'));
    await apply('env-merge', 'two', env('B', '2'));
    const { spec } = await apply('env-merge', 'one', env('A', '3'));
    assert.deepEqual(spec.env, [
      { name: 'A', value: '3' },
      { name: 'B', value: '2' },
    ]);
  });

  test('args belong to one writer as a whole', async () => {
    await apply('args-atomic', 'one', { spec: { image: 'weather:1', args: ['a', 'b'] } });
    const object = { apiVersion: twin.apiVersion, kind: 'MCPServer', metadata: { name: 'args-atomic' } };
    const path = `${pathOf('args-atomic')}?fieldManager=two`;
    const other = { ...object, spec: { args: ['c'] } };
    const answer = await cluster.request('PATCH', path, other, 'application/apply-patch+yaml');
    assert.equal(answer.status, 409);
    assert.match((answer.body as { message: string }).message, /conflict with "one".*\.spec\.args/);
  });

  test('an image cannot be changed to one that would have been refused', async () => {
    await create('image-change');
    const answer = await cluster.request('PATCH', pathOf('image-change'), { spec: { image: 'a b' } });
    assert.equal(answer.status, 422);
    assert.match((answer.body as { message: string }).message, /image "a b" has a space/);
  });
});

describe('columns', () => {
  const header = (printed: string) => (printed.split('\n')[0] ?? '').trim().split(/\s+/);

  test('kubectl get shows phase, readiness, pods and age', async () => {
    await create('columns-plain');
    const status = {
      phase: 'Running',
      availableReplicas: 1,
      verifiedReplicas: 1,
      server: { protocolVersion: '2025-11-25', stateful: false },
      tools: { count: 2, names: ['a', 'b'], hash: 'f00d' },
      conditions: [condition('Ready', 'True', 'AllReady')],
    };
    await apply('columns-plain', 'operator', { status }, '/status');
    const printed = await cluster.kubectl(['get', twin.resource, 'columns-plain', '-n', namespace]);
    assert.deepEqual(header(printed), [
      ...['NAME', 'PHASE', 'READY', 'AVAILABLE', 'VERIFIED', 'TOOLS', 'PROTOCOL', 'AGE'],
    ]);
    assert.match(printed, /^columns-plain +Running +True +1 +1 +2 +2025-11-25 +\S+$/m);
  });

  test('-o wide adds server, URL, health, image and reason', async () => {
    await create('columns-wide');
    const url = 'http://columns-wide.x.svc:8080';
    const conditions = [condition('Accepted', 'True', 'Fine'), condition('Ready', 'False', 'SecretNotFound')];
    const server = { name: 'everything', protocolVersion: '2025-11-25', stateful: true };
    const status = { phase: 'Pending', url, conditions, server, health: { type: 'MCP' } };
    await apply('columns-wide', 'operator', { status }, '/status');
    const printed = await cluster.kubectl(['get', twin.resource, 'columns-wide', '-n', namespace, '-o', 'wide']);
    const narrow = ['NAME', 'PHASE', 'READY', 'AVAILABLE', 'VERIFIED', 'TOOLS', 'PROTOCOL'];
    const wide = [...narrow, 'SERVER', 'URL', 'HEALTH', 'IMAGE', 'REASON', 'AGE'];
    assert.deepEqual(header(printed), wide);
    assert.match(
      printed,
      /^columns-wide +Pending +False +2025-11-25 +everything +http:\S+ +MCP +weather:1 +SecretNotFound +\S+$/m,
    );
  });

  test('a server without status has empty columns', async () => {
    await create('columns-new');
    const printed = await cluster.kubectl(['get', twin.resource, 'columns-new', '-n', namespace]);
    assert.match(printed, /^columns-new +\S+$/m);
  });
});

describe('names', () => {
  test('smcp and the category mcp find MCPServers', async () => {
    await cluster.installCrd(await readCrd());
    for (const resource of ['smcp', 'mcpserver', 'mcpservers', 'mcp']) {
      await until(() => printedBy(['get', resource, '-n', namespace]), { what: `kubectl get ${resource} to work` });
    }
  });

  test('kubectl explain has words and an example for every field', async () => {
    await cluster.installCrd(await readCrd());
    // The OpenAPI document, too, is published a moment later.
    await until(
      async () => {
        const spec = (await printedBy(['explain', 'smcp.spec'])) ?? '';
        assert.match(spec, /image\t<string> -required-\n +Container image of the MCP server.*\n.*Example: ghcr\.io/);
        assert.match(spec, /replicas\t<integer>\n +How many pods serve\. .*Default: 1\./);
        const health = (await printedBy(['explain', 'smcp.spec.health.type'])) ?? '';
        assert.match(health, /ENUM:\n +Auto\n +HTTP\n +TCP\n +MCP\n/);
        return true;
      },
      { what: 'kubectl explain to describe the CRD' },
    );
  });
});
