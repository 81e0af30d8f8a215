import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aServer } from '../../test/support/snapshots.ts';
import type { MCPServerSpec, MCPServerStatus } from '../api/v1alpha1/mcp-server.ts';
import { warningsFor } from './warnings.ts';

const nothing = { secretExists: () => false };
const everything = { secretExists: () => true };
const stateful = { server: { stateful: true } } as MCPServerStatus;

describe('a warning names the field and what to do', () => {
  const rows: Readonly<Record<string, readonly [spec: Partial<MCPServerSpec>, status: MCPServerStatus, ...RegExp[]]>> =
    {
      'a sound server': [{}, {}],
      'an image without a tag': [
        { image: 'a/b' },
        {},
        /^spec\.image has no tag, which means latest: .*; name a version/,
      ],
      'an image that is the latest': [{ image: 'a/b:latest' }, {}, /^spec\.image has the tag latest: /],
      'a missing Secret': [
        { secretName: 'keys' },
        {},
        /^spec\.secretName: there is no Secret keys in this namespace; no pod/,
      ],
      'a missing Secret of envFrom': [
        { envFrom: [{ configMapRef: { name: 'c' } }, { secretRef: { name: 'keys' } }] },
        {},
        /^spec\.envFrom\[1\]: there is no Secret keys/,
      ],
      'one that may be missing': [{ envFrom: [{ secretRef: { name: 'keys', optional: true } }] }, {}],
      'a missing Secret of a variable': [
        { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'keys', key: 'a' } } }] },
        {},
        /^spec\.env A: there is no Secret keys/,
      ],
      'a missing pull secret': [{ imagePullSecrets: [{ name: 'ghcr' }] }, {}, /no Secret ghcr .*private image/],
      'a missing token': [
        { verify: { interval: '30s', timeout: '5s', auth: { secretKeyRef: { name: 't', key: 'k' } } } },
        {},
        /^spec\.verify\.auth: there is no Secret t .*without a token/,
      ],
      'sessions that get lost': [
        { sessionAffinity: 'None' },
        stateful,
        /None with 2 replicas, .*; set Auto or ClientIP/,
      ],
      'sessions with one pod': [{ sessionAffinity: 'None', replicas: 1 }, stateful],
      'sessions that are kept': [{ sessionAffinity: 'Auto' }, stateful],
      'no sessions': [{ sessionAffinity: 'None' }, {}],
    };
  for (const [what, [spec, status, ...patterns]] of Object.entries(rows)) {
    test(what, () => {
      const warnings = warningsFor(aServer(spec, { status }), nothing);
      assert.equal(warnings.length, patterns.length, warnings.join('\n'));
      for (const [index, pattern] of patterns.entries()) assert.match(warnings[index] ?? '', pattern);
    });
  }
});

test('Secrets that are there are not missed', () => {
  assert.deepEqual(warningsFor(aServer({ secretName: 'keys', imagePullSecrets: [{ name: 'a' }] }), everything), []);
});

describe('a credential in the open', () => {
  for (const name of [
    'TOKEN',
    'GITHUB_TOKEN',
    'api_key',
    'APIKEY',
    'DB_PASSWORD',
    'AWS_SECRET_ACCESS_KEY',
    'CREDENTIALS',
  ]) {
    test(`${name} is warned of, and not repeated`, () => {
      const [warning = '', ...more] = warningsFor(aServer({ env: [{ name, value: 'swordfish' }] }), everything);
      assert.match(warning, new RegExp(`^spec\\.env ${name} looks like a credential, .*secretName$`));
      assert.doesNotMatch(warning, /swordfish/);
      assert.deepEqual(more, []);
    });
  }

  for (const [name, value] of [
    ['TOKENIZER', 'bpe'],
    ['MAX_TOKENS', '100'],
    ['KEYBOARD', 'qwerty'],
    ['TOKEN', ''],
    ['TOKEN', '$(OTHER)'],
  ] as const) {
    test(`${name}=${value} is none`, () => {
      assert.deepEqual(warningsFor(aServer({ env: [{ name, value }] }), everything), []);
    });
  }
});

test('there are never more than a person reads', () => {
  const env = Array.from({ length: 100 }, (_, index) => ({ name: `N${index}_TOKEN`, value: 'x' }));
  const warnings = warningsFor(aServer({ env }), everything);
  assert.equal(warnings.length, 8);
  assert.equal(warnings.at(-1), 'and 93 more of the like');
});
