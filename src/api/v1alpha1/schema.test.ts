import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mcpServer, printerColumns, scale } from './schema.ts';
import { spec } from './spec.ts';
import { status } from './status.ts';

/** The contract of the API, field by field: a change here is a change for every user. */

interface Node {
  readonly type?: string;
  readonly format?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly 'x-kubernetes-list-type'?: string;
}

const fieldsOf = (schema: object) => (JSON.parse(JSON.stringify(schema)) as Node).properties ?? {};
const specFields = fieldsOf(spec);
const statusFields = fieldsOf(status);

describe('the seed contract', () => {
  test('spec.image is a string, and the only field that must be written', () => {
    assert.equal(specFields.image?.type, 'string');
    const required = spec.required?.filter((name) => specFields[name]?.default === undefined);
    assert.deepEqual(required, ['image']);
  });

  test('spec.replicas is an int32, 1 by default, and may be 0', () => {
    const { type, format, minimum, default: value } = specFields.replicas ?? {};
    assert.deepEqual({ type, format, minimum, value }, { type: 'integer', format: 'int32', minimum: 0, value: 1 });
  });

  test('spec.port is an int32, 8080 by default', () => {
    const { type, format, minimum, maximum, default: value } = specFields.port ?? {};
    const want = { type: 'integer', format: 'int32', minimum: 1, maximum: 65_535, value: 8080 };
    assert.deepEqual({ type, format, minimum, maximum, value }, want);
  });

  test('spec.secretName is a string without a default', () => {
    assert.equal(specFields.secretName?.type, 'string');
    assert.equal(specFields.secretName?.default, undefined);
    const required: readonly string[] = spec.required ?? [];
    assert.ok(!required.includes('secretName'));
  });

  test('status has availableReplicas, phase and conditions', () => {
    assert.equal(statusFields.availableReplicas?.format, 'int32');
    assert.deepEqual(statusFields.phase?.enum, ['Pending', 'Running', 'Failed', 'Stopped']);
    assert.equal(statusFields.conditions?.['x-kubernetes-list-type'], 'map');
  });

  test('status requires nothing: an older or another writer may know less', () => {
    assert.equal(status.required, undefined);
  });
});

describe('this step', () => {
  test('spec has the fields that work, and no other', () => {
    assert.deepEqual(Object.keys(specFields), [
      'image',
      'replicas',
      'port',
      'path',
      'transport',
      'verify',
      'sessionAffinity',
      'secretName',
      'resources',
      'health',
      'command',
      'args',
      'workingDir',
      'env',
      'envFrom',
      'imagePullPolicy',
      'imagePullSecrets',
      'serviceAccountName',
    ]);
  });

  test('health is Auto by default, which begins with GET /health', () => {
    assert.deepEqual(specFields.health?.default, {});
    const health = specFields.health?.properties ?? {};
    assert.deepEqual(health.type?.enum, ['Auto', 'HTTP', 'TCP', 'MCP']);
    const defaults = Object.fromEntries(Object.entries(health).map(([name, field]) => [name, field.default]));
    assert.deepEqual(defaults, {
      type: 'Auto',
      path: '/health',
      initialDelaySeconds: 0,
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 3,
    });
  });

  test('status has the fields that work, and no other', () => {
    assert.deepEqual(Object.keys(statusFields), [
      'observedGeneration',
      'phase',
      'availableReplicas',
      'verifiedReplicas',
      'server',
      'tools',
      'health',
      'replicas',
      'selector',
      'url',
      'conditions',
    ]);
  });

  test('the columns that exist at this step, in their order', () => {
    const names = (wide: boolean) =>
      printerColumns.filter((one) => (one.wide ?? false) === wide).map(({ name }) => name);
    assert.deepEqual(names(false), ['Phase', 'Ready', 'Available', 'Verified', 'Tools', 'Protocol', 'Age']);
    assert.deepEqual(names(true), ['Server', 'URL', 'Health', 'Image', 'Reason']);
  });
});

describe('paths', () => {
  /** Whether a path of names leads to a field of the schema. */
  function leads(path: string): boolean {
    let node: Node | undefined = JSON.parse(JSON.stringify(mcpServer));
    for (const name of path.split('.').slice(1)) node = node?.properties?.[name];
    return node !== undefined;
  }

  test('every scale path leads to a field', () => {
    for (const path of Object.values(scale)) assert.ok(leads(path), path);
  });

  test('every column leads to a field', () => {
    for (const { jsonPath } of printerColumns) {
      const [path = ''] = jsonPath.split('[');
      // The API server's own schema of metadata has the creation time.
      assert.ok(path.startsWith('.metadata.') || leads(path), jsonPath);
    }
  });

  test('a path that leads nowhere would be found', () => {
    assert.ok(!leads('.spec.replica'));
  });
});
