import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { useControlPlane } from '../support/control-plane.ts';
import { manifest, type Refusal, readCrd, submit, testRefusals } from '../support/crd.ts';

/** What the API server says to good and bad manifests: each refusal names the field, the value and the fix. */

const cluster = await useControlPlane(['etcd', 'kube-apiserver']);
let namespace: string;
const ask = (spec: object) => submit(cluster, namespace, manifest(spec));

before(async () => {
  await cluster.installCrd(await readCrd());
  namespace = await cluster.createNamespace();
});

const refuses = (rows: Readonly<Record<string, Refusal>>) => testRefusals(rows, ask);

/** A manifest that must be accepted as it is. */
function accepts(rows: Readonly<Record<string, object>>): void {
  for (const [what, spec] of Object.entries(rows)) {
    test(`accepted: ${what}`, async () => {
      const { accepted, message, object } = await submit(cluster, namespace, manifest(spec));
      assert.ok(accepted, message);
      for (const [field, value] of Object.entries(spec)) assert.deepEqual(object.spec[field], value);
    });
  }
}

describe('name', () => {
  const long = 'a'.repeat(64);
  const rows: Readonly<Record<string, readonly [name: string, ...parts: readonly string[]]>> = {
    'a dot': ['weather.v2', '"weather.v2" cannot be the name of a Service', '(no dots)'],
    'a leading digit': ['2weather', '"2weather" cannot be the name of a Service', 'start with a letter'],
    'a trailing dash': ['weather-', '"weather-" cannot be the name of a Service', 'do not end with "-"'],
    'upper case': ['Weather', '"Weather" cannot be the name of a Service', 'lower-case letters'],
    '64 characters': [long, `"${long}" is longer than 63 characters`, 'shorten it'],
    '254 characters': ['a'.repeat(254), 'is longer than 63 characters', 'shorten it'],
  };
  for (const [what, [name, ...parts]] of Object.entries(rows)) {
    test(`refused: ${what}`, async () => {
      const { accepted, message, fields } = await submit(cluster, namespace, manifest({}, name));
      assert.ok(!accepted, `${name} was accepted`);
      assert.ok(fields.includes('metadata.name'), `names ${fields.join()}`);
      for (const part of parts) assert.ok(message.includes(part), `${part} is missing in: ${message}`);
    });
  }

  for (const name of ['a', 'w2', 'my-weather-2', 'a'.repeat(63)]) {
    test(`accepted: ${name}`, async () => {
      const { accepted, message } = await submit(cluster, namespace, manifest({}, name));
      assert.ok(accepted, message);
    });
  }
});

describe('replicas', () => {
  refuses({
    'a negative number': [{ replicas: -1 }, 'spec.replicas', '-1', 'greater than or equal to 0'],
    'more than an int32': [
      { replicas: 2_147_483_648 },
      'spec.replicas',
      '2147483648',
      'less than or equal to 2147483647',
    ],
    'a word': [{ replicas: 'two' }, 'spec.replicas', 'two', 'must be of type integer'],
    'a fraction': [{ replicas: 1.5 }, 'spec.replicas', 'must be of type integer'],
  });
  accepts({ none: { replicas: 0 }, some: { replicas: 3 }, 'the most an int32 holds': { replicas: 2_147_483_647 } });
});

describe('port', () => {
  refuses({
    zero: [{ port: 0 }, 'spec.port', '0', 'greater than or equal to 1'],
    'more than there are': [{ port: 70_000 }, 'spec.port', '70000', 'less than or equal to 65535'],
    'one more than there are': [{ port: 65_536 }, 'spec.port', '65536', 'less than or equal to 65535'],
    negative: [{ port: -8080 }, 'spec.port', '-8080', 'greater than or equal to 1'],
    'a name': [{ port: 'http' }, 'spec.port', 'must be of type integer: "string"'],
  });
  accepts({ 'the first': { port: 1 }, 'the last': { port: 65_535 } });
});

describe('secretName', () => {
  refuses({
    empty: [{ secretName: '' }, 'spec.secretName', 'cannot be the name of a Secret', 'leave the field out'],
    'an underscore': [{ secretName: 'my_secret' }, 'spec.secretName', '"my_secret"', 'lower-case letters'],
    'a path': [{ secretName: 'team-a/secret' }, 'spec.secretName', '"team-a/secret"', 'lower-case letters'],
    'a line break': [{ secretName: 'secret\n' }, 'spec.secretName', '"secret\\n" cannot be', 'lower-case letters'],
    'too long': [{ secretName: 's'.repeat(254) }, 'spec.secretName', 'may not be more than 253'],
  });
  accepts({ 'a dot in it': { secretName: 'weather.prod' }, 'a leading digit': { secretName: '2-weather' } });
});

describe('resources', () => {
  const both = (limits: object, requests: object) => ({ resources: { limits, requests } });
  refuses({
    'a limit below its request': [
      both({ cpu: '500m' }, { cpu: 1 }),
      'spec.resources',
      'limits.cpu 500m is below requests.cpu 1',
      'raise the limit or lower the request',
    ],
    'a limit below its request in another unit': [
      both({ memory: '1G' }, { memory: '1Gi' }),
      'limits.memory 1G is below requests.memory 1Gi',
    ],
    'one of several': [
      both({ cpu: 2, memory: '64Mi' }, { cpu: 1, memory: '128Mi' }),
      'limits.memory 64Mi is below requests.memory 128Mi',
    ],
    'a space before the unit': [
      { resources: { limits: { memory: '1 Gi' } } },
      'spec.resources.limits[memory]',
      '"1 Gi" is not a quantity',
      'a number with its unit right after it, for example 500m, 2, 256Mi or 1Gi',
    ],
    'a unit that does not exist': [
      { resources: { requests: { memory: '128MB' } } },
      'spec.resources.requests[memory]',
      '"128MB" is not a quantity',
      '256Mi',
    ],
    'a word': [{ resources: { limits: { cpu: 'lots' } } }, 'spec.resources.limits[cpu]', '"lots" is not a quantity'],
    'an empty quantity': [{ resources: { limits: { cpu: '' } } }, 'spec.resources.limits[cpu]', '"" is not a quantity'],
    'a negative number': [
      { resources: { limits: { cpu: -1 } } },
      'spec.resources.limits[cpu]',
      '"-1" is negative',
      'write 0 or more',
    ],
    'a negative quantity': [
      { resources: { requests: { memory: '-1Mi' } } },
      'spec.resources.requests[memory]',
      '"-1Mi" is negative',
    ],
    'a fraction without quotes': [
      { resources: { limits: { cpu: 0.5 } } },
      'spec.resources.limits.cpu',
      'must be of type integer,string',
    ],
    'a resource that does not exist': [
      { resources: { limits: { cpus: 1 } } },
      'spec.resources.limits',
      '"cpus" is not a resource',
      'use cpu, memory',
    ],
    'a list': [{ resources: { limits: ['cpu'] } }, 'spec.resources.limits', 'must be of type object'],
  });
  accepts({
    'the same amount, written twice differently': both({ cpu: 1, memory: '1Gi' }, { cpu: '1000m', memory: '1024Mi' }),
    'a fraction in quotes': { resources: { limits: { cpu: '0.5' } } },
    'an exponent': { resources: { requests: { memory: '1e9' } } },
    'only requests': { resources: { requests: { cpu: '10m', 'ephemeral-storage': '1Gi' } } },
    'a request without its limit': both({ memory: '1Gi' }, { cpu: '10m' }),
    'a device': both({ 'nvidia.com/gpu': 1 }, { 'nvidia.com/gpu': 1 }),
    'huge pages': { resources: { limits: { 'hugepages-2Mi': '64Mi' } } },
    'nothing asked': { resources: {} },
    zero: both({ cpu: 0 }, { cpu: 0 }),
  });
});

describe('health', () => {
  refuses({
    'a type that does not exist': [{ health: { type: 'Exec' } }, 'spec.health.type', '"Exec"', '"Auto", "HTTP", "TCP"'],
    'a type in lower case': [{ health: { type: 'tcp' } }, 'spec.health.type', '"tcp"', '"HTTP", "TCP", "MCP"'],
    'MCP without verification': [
      { health: { type: 'MCP' }, verify: { disabled: true } },
      'spec.health.type',
      'health.type MCP needs verification',
      'remove verify.disabled, or set health.type to HTTP or TCP',
    ],
    'a path without its slash': [
      { health: { path: 'health' } },
      'spec.health.path',
      '"health" is not a path',
      'start with "/"',
    ],
    'a path with a space': [{ health: { path: '/my health' } }, 'spec.health.path', '"/my health"', 'leave out spaces'],
    'an empty path': [{ health: { path: '' } }, 'spec.health.path', '"" is not a path', 'start with "/"'],
    'a negative delay': [
      { health: { initialDelaySeconds: -1 } },
      'spec.health.initialDelaySeconds',
      '-1',
      'equal to 0',
    ],
    'no period': [{ health: { periodSeconds: 0 } }, 'spec.health.periodSeconds', '0', 'equal to 1'],
    'no timeout': [{ health: { timeoutSeconds: 0 } }, 'spec.health.timeoutSeconds', '0', 'equal to 1'],
    'no threshold': [{ health: { failureThreshold: 0 } }, 'spec.health.failureThreshold', '0', 'equal to 1'],
    'milliseconds, probably': [
      { health: { timeoutSeconds: 5000 } },
      'spec.health.timeoutSeconds',
      '5000',
      'equal to 3600',
    ],
  });

  test('accepted: one field, and the others have their defaults', async () => {
    const { object, message } = await submit(cluster, namespace, manifest({ health: { type: 'TCP' } }));
    assert.deepEqual(
      object.spec?.health,
      {
        type: 'TCP',
        path: '/health',
        initialDelaySeconds: 0,
        periodSeconds: 10,
        timeoutSeconds: 5,
        failureThreshold: 3,
      },
      message,
    );
  });

  test('accepted: a path with a query', async () => {
    const { accepted, message } = await submit(cluster, namespace, manifest({ health: { path: '/health?deep=1' } }));
    assert.ok(accepted, message);
  });
});

describe('fields that do not exist', () => {
  refuses({
    'in spec': [{ replica: 2 }, 'strict decoding error', 'unknown field "spec.replica"'],
    'in an object of spec': [{ health: { interval: 5 } }, 'unknown field "spec.health.interval"'],
    'in a list of spec': [{ env: [{ name: 'A', valeu: 'x' }] }, 'unknown field "spec.env[0].valeu"'],
    'of a later version': [{ sampling: {} }, 'unknown field "spec.sampling"'],
    'in verify': [{ verify: { enabled: false } }, 'unknown field "spec.verify.enabled"'],
  });

  test('refused: no spec', async () => {
    const { spec: _, ...object } = { ...manifest({}), spec: undefined };
    const { message } = await submit(cluster, namespace, object);
    assert.match(message, /spec: Required value/);
  });
});

test('defaults: a manifest with an image alone', async () => {
  const { object } = await submit(cluster, namespace, manifest({ image: 'weather' }));
  assert.deepEqual(object.spec, {
    image: 'weather',
    replicas: 1,
    port: 8080,
    path: '/mcp',
    transport: 'StreamableHTTP',
    verify: { interval: '30s', timeout: '5s' },
    sessionAffinity: 'Auto',
    health: {
      type: 'Auto',
      path: '/health',
      initialDelaySeconds: 0,
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 3,
    },
  });
});

test('several faults are all told at once', async () => {
  const spec = { image: 'a b', secretName: 'A', resources: { limits: { cpu: 'x' } } };
  const { fields } = await submit(cluster, namespace, manifest(spec));
  assert.deepEqual([...fields].sort(), ['spec.image', 'spec.resources.limits[cpu]', 'spec.secretName']);
});
