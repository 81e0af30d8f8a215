import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { labelPattern, nameOfA, resourceNameRule, subdomainPattern } from './dns-name.ts';

const label = new RegExp(`^(?:${labelPattern})$`);
const subdomain = new RegExp(`^(?:${subdomainPattern})$`);

describe('labelPattern', () => {
  for (const name of ['a', 'a1', 'weather', 'my-weather', 'a--b', 'x-1-2']) {
    test(`takes ${name}`, () => assert.match(name, label));
  }
  for (const name of ['', '1a', '-a', 'a-', 'A', 'a.b', 'a_b', 'ä', 'a b', 'a\n']) {
    test(`refuses ${JSON.stringify(name)}`, () => assert.doesNotMatch(name, label));
  }
});

describe('subdomainPattern', () => {
  for (const name of ['a', '1', '1a', 'a.b', 'weather.prod.v2', 'a-b.c-d', '0.0']) {
    test(`takes ${name}`, () => assert.match(name, subdomain));
  }
  for (const name of ['', '.', 'a.', '.a', 'a..b', 'a-.b', 'a.-b', 'A', 'a_b', 'a/b', 'a ']) {
    test(`refuses ${JSON.stringify(name)}`, () => assert.doesNotMatch(name, subdomain));
  }
});

describe('resourceNameRule', () => {
  test('points at the name, which alone of metadata a rule may read', () => {
    assert.equal(resourceNameRule.fieldPath, '.metadata.name');
    assert.match(resourceNameRule.rule, /^size\(self\.metadata\.name\) <= 63 && self\.metadata\.name\.matches/);
  });

  test('never turns a number into text: the API server would refuse the CRD for its estimated cost', () => {
    assert.doesNotMatch(resourceNameRule.messageExpression, /string\(size/);
  });
});

describe('nameOfA', () => {
  const schema = nameOfA('ServiceAccount', 'Who the pods run as.');

  test('is a bounded string with a rule', () => {
    assert.equal(schema.type, 'string');
    assert.equal(schema.maxLength, 253);
    assert.equal(schema.description, 'Who the pods run as.');
  });

  test('names the kind in the message', () => {
    const [rule] = schema['x-kubernetes-validations'];
    assert.match(rule.message, /^must be the name of a ServiceAccount: use lower-case/);
    assert.match(rule.messageExpression, /cannot be the name of a ServiceAccount: /);
  });

  test('tells whoever wrote nothing to leave the field out', () => {
    const [rule] = schema['x-kubernetes-validations'];
    assert.match(rule.messageExpression, /self == "" \? "leave the field out or name one"/);
  });
});
