import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { env, envFrom, maxStringLength } from './environment.ts';

/** What the rules do to values is tested on an API server, in test/integration/crd-process.test.ts. */

describe('env', () => {
  test('is keyed by name, which refuses duplicates and lets writers share the list', () => {
    assert.equal(env['x-kubernetes-list-type'], 'map');
    assert.deepEqual(env['x-kubernetes-list-map-keys'], ['name']);
    assert.deepEqual(env.items.required, ['name']);
  });

  test('an item has the fields of a core EnvVar', () => {
    assert.deepEqual(Object.keys(env.items.properties), ['name', 'value', 'valueFrom']);
    const sources = env.items.properties.valueFrom.properties;
    assert.deepEqual(Object.keys(sources), ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef']);
  });

  test('a value may be as long as Linux takes it', () => {
    assert.equal(maxStringLength, 128 * 1024);
    assert.equal(env.items.properties.value.maxLength, maxStringLength);
  });

  test('a reference to a key needs both names', () => {
    const { configMapKeyRef, secretKeyRef } = env.items.properties.valueFrom.properties;
    for (const reference of [configMapKeyRef, secretKeyRef]) {
      assert.deepEqual(reference.required, ['name', 'key']);
      assert.deepEqual(Object.keys(reference.properties), ['name', 'key', 'optional']);
    }
  });
});

describe('envFrom', () => {
  test('is ordered and owned as a whole, as in core: the same source may stand twice', () => {
    assert.equal(envFrom['x-kubernetes-list-type'], 'atomic');
  });

  test('an item has the fields of a core EnvFromSource', () => {
    assert.deepEqual(Object.keys(envFrom.items.properties), ['prefix', 'configMapRef', 'secretRef']);
    assert.equal(envFrom.items.required, undefined);
  });
});

describe('exactly one', () => {
  const [rule] = envFrom.items['x-kubernetes-validations'];

  test('counts the fields that are set', () => {
    assert.equal(rule.rule, '[has(self.configMapRef), has(self.secretRef)].filter(set, set).size() == 1');
  });

  test('never joins a list in its message: the API server would refuse the CRD for its estimated cost', () => {
    assert.doesNotMatch(rule.messageExpression, /join/);
  });
});
