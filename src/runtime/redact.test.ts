import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isSecretField, redact } from './redact.ts';

/** Things that look like secrets are put together here, so that no scanner takes this file for a leak. */
const part = (length: number) => 'aB3dE5gH7jK9mN1pQ3sT5vW7yZ'.repeat(8).slice(0, length);
const jwt = `eyJ${part(20)}.eyJ${part(60)}.${part(43)}`;
const pem = (kind: string) => `-----BEGIN ${kind}PRIVATE KEY-----\n${part(64)}\n-----END ${kind}PRIVATE KEY-----`;

describe('redact: hides', () => {
  const rows: Readonly<Record<string, readonly [text: string, secret: string, left: string]>> = {
    'a bearer token': [`Authorization: Bearer ${part(30)}`, part(30), 'Authorization: '],
    'a short bearer token with a digit': ['sent Bearer abc1 to it', 'abc1', 'sent Bearer [redacted] to it'],
    'basic credentials': [`Basic ${part(24)}==`, part(24), 'Basic [redacted]'],
    'a lower-case scheme': [`bearer ${part(22)}`, part(22), 'bearer [redacted]'],
    'a JSON Web Token anywhere': [`the token "${jwt}" has expired`, jwt, 'the token "[redacted]" has expired'],
    'a JSON Web Token without a signature': [`x ${jwt.replace(/\.[^.]*$/, '.')} y`, part(60), 'x [redacted] y'],
    'a private key': [`key:\n${pem('RSA ')}\nend`, part(64), 'key:\n[redacted]\nend'],
    'a private key without a kind': [pem(''), part(64), '[redacted]'],
    'a private key that was cut off': [`-----BEGIN EC PRIVATE KEY-----\n${part(40)}`, part(40), '[redacted]'],
    'a password in a URL': ['GET https://jo:swordfish@db.example/x', 'swordfish', 'https://[redacted]@db.example/x'],
    'a user without a name in a URL': ['redis://:swordfish@cache:6379', 'swordfish', 'redis://[redacted]@cache:6379'],
    'a token in a query': ['/x?token=abc&limit=5', 'abc', '/x?token=[redacted]&limit=5'],
    'an environment variable': ['MY_API_KEY=hunter2 failed', 'hunter2', 'MY_API_KEY=[redacted] failed'],
    'a quoted value': ['password="two words" next', 'two words', 'password=[redacted] next'],
    JSON: ['{"token":"abc","kind":"Secret"}', 'abc', '{"token":[redacted],"kind":"Secret"}'],
    'JSON with spaces': ['{"clientSecret" : "abc"}', '"abc"', '[redacted]'],
    'a flag with its value': ['kubectl --token=abc get pods', 'abc', '--token=[redacted] get pods'],
    'a flag before its value': ['kubectl --token abc get pods', ' abc', 'kubectl --token [redacted] get pods'],
    'a header': ['x-api-key: k3ysecret', 'k3ysecret', 'x-api-key: [redacted]'],
    'a GitHub token': [`remote: ghp_${part(36)} refused`, part(36), 'remote: [redacted] refused'],
    'an AI provider’s key': [`key sk-${part(40)} is invalid`, part(40), 'key [redacted] is invalid'],
    'a cloud access key': [`AKIA${part(16)}`, part(16), '[redacted]'],
  };
  for (const [what, [text, secret, left]] of Object.entries(rows)) {
    test(what, () => {
      const clean = redact(text);
      assert.ok(!clean.includes(secret), clean);
      assert.ok(clean.includes(left), clean);
    });
  }

  test('each of several', () => {
    assert.equal(redact('token=a password=b token=c'), 'token=[redacted] password=[redacted] token=[redacted]');
  });
});

describe('redact: leaves', () => {
  const rows = [
    '',
    'Secret "weather-credentials" not found in namespace "team-a"',
    'spec.secretName: Invalid value: "Weather"',
    'the bearer token expired',
    'Bearer authentication is required',
    'basic authentication failed',
    'password: must not be empty',
    'unexpected token: }',
    'deployments.apps is forbidden: User "system:serviceaccount:a:b" cannot patch resource',
    'http://10.0.0.1:8080/mcp answered 404',
    'https://registry.example:5000/team/image@sha256:0123456789abcdef',
    'pod weather-7d9c8b6f5-x2x4z: Back-off pulling image "ghcr.io/acme/weather:1.2.3"',
    'reconcileID=0b5e4a9e-3c55-4a5f-9a0e-1f2e3d4c5b6a',
    'secretName=weather',
  ];
  for (const text of rows) test(JSON.stringify(text), () => assert.equal(redact(text), text));

  test('property: what is redacted stays as it is when redacted again', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('token=', 'Bearer ', 'password: ', ''), (text, before) => {
        const once = redact(before + text);
        assert.equal(redact(once), once);
      }),
    );
  });
});

describe('redact: hostile input', () => {
  const hostile = [
    'a-'.repeat(4_000),
    'token'.repeat(2_000),
    'Bearer '.repeat(2_000),
    `${'x'.repeat(8_000)}://`,
    '-----BEGIN PRIVATE KEY-----'.repeat(300),
    '"'.repeat(8_000),
  ];
  for (const text of hostile) {
    test(`${JSON.stringify(text.slice(0, 12))} × many does not take for ever`, () => {
      // Quadratic matching of 8 kB would be tens of millions of steps and still pass, exponential would never end.
      assert.equal(typeof redact(text), 'string');
    });
  }
});

describe('fields that are secrets by name', () => {
  const secret = [
    'token',
    'Authorization',
    'password',
    'api_key',
    'apiKey',
    'access_token',
    'clientSecret',
    'set-cookie',
  ];
  for (const name of secret) test(`${name} is`, () => assert.equal(isSecretField(name), true));
  for (const name of ['secretName', 'secret', 'key', 'tokens', 'name', 'tokenCount', 'keyOf']) {
    test(`${name} is not`, () => assert.equal(isSecretField(name), false));
  }
});
