import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { quantity, resourceRequirements } from './quantity.ts';

/** What the rules do to values is tested on an API server, in test/integration/crd-admission.test.ts. */

describe('quantity', () => {
  const schema = quantity('An amount.');

  test('is a number or a string, as YAML authors write it', () => {
    assert.equal(schema['x-kubernetes-int-or-string'], true);
    assert.equal(schema.maxLength, 64);
  });

  test('has a rule with words, and no pattern, whose message nobody can read', () => {
    assert.equal(schema.pattern, undefined);
    const [rule] = schema['x-kubernetes-validations'];
    assert.match(rule.message, /for example 500m, 2, 256Mi or 1Gi/);
    assert.match(rule.rule, /^isQuantity\(string\(self\)\) && /);
  });
});

describe('resourceRequirements', () => {
  const { limits, requests } = resourceRequirements.properties;

  test('has limits and requests, both optional', () => {
    assert.deepEqual(Object.keys(resourceRequirements.properties), ['limits', 'requests']);
    assert.equal(resourceRequirements.required, undefined);
  });

  test('amounts are keyed by resource, and bounded, as the cost of the rules is their product', () => {
    for (const amounts of [limits, requests]) {
      assert.equal(amounts.type, 'object');
      assert.equal(amounts.maxProperties, 32);
      assert.equal(amounts.additionalProperties['x-kubernetes-int-or-string'], true);
    }
  });

  test('what is no quantity is left to the rule of the quantity: comparing would be an error, not a refusal', () => {
    const [rule] = resourceRequirements['x-kubernetes-validations'];
    const firstUse = rule.rule.indexOf('quantity(string(self.limits');
    assert.ok(rule.rule.indexOf('isQuantity(string(self.limits[name]))') < firstUse);
    assert.ok(rule.rule.indexOf('isQuantity(string(self.requests[name]))') < firstUse);
    assert.ok(firstUse > 0);
  });
});
