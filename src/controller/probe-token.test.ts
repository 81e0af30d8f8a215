import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRecordingClient } from '../../test/support/recording-client.ts';
import { aVerifiedServer } from '../../test/support/verified-snapshots.ts';
import { ApiError } from '../runtime/errors.ts';
import { probeToken } from './probe-token.ts';
import { secretValues } from './resources.ts';

const auth = { secretKeyRef: { name: 'login', key: 'token' } };
const server = aVerifiedServer({ verify: { interval: '30s', timeout: '5s', auth } });
const base64 = (text: string) => Buffer.from(text).toString('base64');

function clientWith(data?: Readonly<Record<string, string>>, namespace = 'team-a') {
  const secret = { metadata: { name: 'login', namespace }, ...(data === undefined ? {} : { data }) };
  return createRecordingClient({ objects: [[secretValues, secret]] });
}

describe('probeToken', () => {
  test('the value of the key, and one request', async () => {
    const client = clientWith({ token: base64('sesame'), other: base64('no') });
    assert.equal(await probeToken(client, server), 'sesame');
    assert.deepEqual(client.requests, ['get Secret']);
  });

  test('without the line break that `echo` puts behind it, which no header may have', async () => {
    assert.equal(await probeToken(clientWith({ token: base64('  sesame\r\n') }), server), 'sesame');
  });

  test('read again each time: a rotated token is the next one', async () => {
    const client = clientWith({ token: base64('old') });
    await probeToken(client, server);
    client.put(secretValues, 'team-a/login', {
      metadata: { name: 'login', namespace: 'team-a' },
      ...{ data: { token: base64('new') } },
    });
    assert.equal(await probeToken(client, server), 'new');
  });

  for (const [what, client] of Object.entries({
    'no such key': clientWith({ other: base64('no') }),
    'an empty Secret': clientWith(),
  })) {
    test(`${what}: which key of which Secret is missing`, async () => {
      assert.deepEqual(await probeToken(client, server), { missing: 'Secret login has no key token' });
    });
  }

  const nothing: Readonly<Record<string, ReturnType<typeof clientWith>>> = {
    'no such Secret': createRecordingClient(),
    'a Secret of that name elsewhere': clientWith({ token: base64('theirs') }, 'team-b'),
  };
  for (const [what, client] of Object.entries(nothing)) {
    test(`${what}: none`, async () => assert.equal(await probeToken(client, server), undefined));
  }

  test('a server that names none, or is gone: nothing is read', async () => {
    const client = clientWith({ token: base64('sesame') });
    assert.equal(await probeToken(client, aVerifiedServer()), undefined);
    assert.equal(await probeToken(client, undefined), undefined);
    assert.deepEqual(client.requests, []);
  });

  test('a right that is missing is thrown: the server is not to blame', async () => {
    const answers = { 'get Secret': [new ApiError('Forbidden', 'cannot get resource "secrets"')] };
    await assert.rejects(probeToken(createRecordingClient({ answers }), server), { code: 'Forbidden' });
  });
});
