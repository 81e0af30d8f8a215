import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { useControlPlane } from '../support/control-plane.ts';
import { manifest, type Refusal, readCrd, submit, testRefusals } from '../support/crd.ts';

/** What the API server says to `spec.verify` and what belongs to it: each refusal names field, value and fix. */

const cluster = await useControlPlane(['etcd', 'kube-apiserver']);
let namespace: string;
const ask = (spec: object) => submit(cluster, namespace, manifest(spec));

before(async () => {
  await cluster.installCrd(await readCrd());
  namespace = await cluster.createNamespace();
});

const refuses = (rows: Readonly<Record<string, Refusal>>) => testRefusals(rows, ask);

/** A spec that must be accepted as it is. */
function accepts(rows: Readonly<Record<string, object>>): void {
  for (const [what, spec] of Object.entries(rows)) {
    test(`accepted: ${what}`, async () => {
      const { accepted, message, object } = await ask(spec);
      assert.ok(accepted, message);
      assert.partialDeepStrictEqual(object.spec, spec);
    });
  }
}

const interval = (value: unknown) => ({ verify: { interval: value } });
const timeout = (value: unknown) => ({ verify: { timeout: value } });

describe('verify.interval', () => {
  const field = 'spec.verify.interval';
  const fix = 'is not a duration from 5s to 24h, for example 30s or 1m30s';
  refuses({
    'shorter than five seconds': [interval('4999ms'), field, '"4999ms"', fix],
    'much shorter': [interval('1s'), field, '"1s"', fix],
    'longer than a day': [interval('24h1s'), field, '"24h1s"', fix],
    'a number without a unit': [interval('30'), field, '"30"', fix],
    'a number': [interval(30), field, 'must be of type string'],
    'a unit that there is not': [interval('1d'), field, '"1d"', fix],
    'a space': [interval('30 s'), field, '"30 s"', fix],
    'a negative one': [interval('-30s'), field, '"-30s"', fix],
    empty: [interval(''), field, '""', fix],
    words: [interval('often'), field, '"often"', fix],
    'a line break at the end': [interval('30s\n'), field, fix],
    'longer than any duration': [interval(`${'1'.repeat(40)}s`), field, 'may not be more than 32'],
    'more than a duration holds': [interval(`${'9'.repeat(30)}h`), field],
    'two points': [interval('1.2.3s'), field, '"1.2.3s"', fix],
  });
  accepts({
    'the shortest': interval('5s'),
    'the shortest, in milliseconds': interval('5000ms'),
    'the longest': interval('24h'),
    'two units': interval('1m30s'),
    'a fraction': interval('7.5s'),
  });
});

describe('verify.timeout', () => {
  const field = 'spec.verify.timeout';
  const fix = 'is not a duration from 100ms to 60s, for example';
  refuses({
    'too short': [timeout('99ms'), field, '"99ms"', fix],
    'too long': [timeout('61s'), field, '"61s"', fix],
    zero: [timeout('0s'), field, '"0s"', fix],
    nonsense: [timeout('five'), field, '"five"', fix],
  });
  accepts({ 'the shortest': timeout('100ms'), 'the longest': timeout('1m') });
});

describe('verify.auth', () => {
  const auth = (secretKeyRef: object) => ({ verify: { auth: { secretKeyRef } } });
  const field = 'spec.verify.auth.secretKeyRef';
  refuses({
    'no Secret named': [auth({ key: 'token' }), `${field}.name`, 'Required value'],
    'no key named': [auth({ name: 'login' }), `${field}.key`, 'Required value'],
    'no reference': [{ verify: { auth: {} } }, field, 'Required value'],
    'a name that no Secret can have': [
      auth({ name: 'My_Secret', key: 'token' }),
      `${field}.name`,
      '"My_Secret"',
      'cannot be the name of a Secret',
    ],
    'the token itself': [{ verify: { auth: { token: 'x' } } }, 'unknown field "spec.verify.auth.token"'],
  });
  accepts({ 'a reference': auth({ name: 'login', key: 'token' }) });
});

describe('verify.expectTools', () => {
  const expectTools = (tools: unknown) => ({ verify: { expectTools: tools } });
  const field = 'spec.verify.expectTools';
  refuses({
    'a single name': [expectTools('echo'), field, 'must be of type array'],
    'a name that is too long': [expectTools(['a'.repeat(257)]), `${field}[0]`, 'may not be more than 256'],
    'too many': [expectTools(Array.from({ length: 257 }, (_, index) => `t${index}`)), field, '257', 'at most 256'],
    numbers: [expectTools([1]), `${field}[0]`, 'must be of type string'],
  });
  accepts({ some: expectTools(['echo', 'get_forecast']), none: expectTools([]) });
});

describe('path', () => {
  const fix = 'start with "/" and leave no spaces, for example /mcp';
  refuses({
    'without its slash': [{ path: 'mcp' }, 'spec.path', '"mcp" is not a path', fix],
    'a whole URL': [{ path: 'http://weather/mcp' }, 'spec.path', '"http://weather/mcp" is not a path', fix],
    'a space': [{ path: '/my mcp' }, 'spec.path', '"/my mcp" is not a path', fix],
    'a line break': [{ path: '/mcp\nHost: evil' }, 'spec.path', 'is not a path', fix],
    'a letter outside ASCII': [{ path: '/mçp' }, 'spec.path', '"/mçp" is not a path', fix],
    empty: [{ path: '' }, 'spec.path', '"" is not a path', fix],
  });
  accepts({ root: { path: '/' }, 'a query': { path: '/mcp?team=a' }, 'a slash at the end': { path: '/api/mcp/' } });
});

describe('transport and sessionAffinity', () => {
  refuses({
    'stdio, which has no port': [{ transport: 'stdio' }, 'spec.transport', '"stdio"', '"StreamableHTTP", "SSE"'],
    'a transport in lower case': [{ transport: 'sse' }, 'spec.transport', '"sse"', '"StreamableHTTP", "SSE"'],
    'a cookie': [{ sessionAffinity: 'Cookie' }, 'spec.sessionAffinity', '"Cookie"', '"Auto", "ClientIP", "None"'],
    'yes or no': [{ sessionAffinity: true }, 'spec.sessionAffinity', 'must be of type string'],
  });
  accepts({
    SSE: { transport: 'SSE', path: '/sse' },
    ClientIP: { sessionAffinity: 'ClientIP' },
    None: { sessionAffinity: 'None' },
  });
});

describe('health.type MCP and verify.disabled', () => {
  const both = (type: string, disabled: boolean) => ({ health: { type }, verify: { disabled } });
  refuses({
    'MCP without verification': [
      both('MCP', true),
      'spec.health.type',
      'health.type MCP needs verification',
      'remove verify.disabled, or set health.type to HTTP or TCP',
    ],
    'disabled by a word': [{ verify: { disabled: 'yes' } }, 'spec.verify.disabled', 'must be of type boolean'],
  });
  accepts({
    'MCP, and disabled is false': both('MCP', false),
    'Auto without verification': both('Auto', true),
    'HTTP without verification': both('HTTP', true),
    'TCP without verification': both('TCP', true),
  });
});

describe('defaults', () => {
  test('one field of verify, and the others have theirs', async () => {
    const { object, message } = await ask({ verify: { interval: '1m' } });
    assert.deepEqual(object.spec.verify, { interval: '1m', timeout: '5s' }, message);
  });

  test('an empty verify', async () => {
    const { object, message } = await ask({ verify: {} });
    assert.deepEqual(object.spec.verify, { interval: '30s', timeout: '5s' }, message);
  });
});
