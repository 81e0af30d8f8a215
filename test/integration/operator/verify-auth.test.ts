import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atRest } from '../../support/at-rest.ts';
import { useControlPlane } from '../../support/control-plane.ts';
import { conditionOf, installMCPServerCrd } from '../../support/operator.ts';
import { startPlainMcpServer } from '../../support/plain-mcp-server.ts';
import { until } from '../../support/until.ts';
import { createVerifyStage } from '../../support/verify-stage.ts';

/** Servers that want credentials: they answer, so their pods stay; and no token is ever seen. */

const plane = await useControlPlane();
await installMCPServerCrd(plane);

const TOKEN = 'canary-2b7e-token-that-nobody-may-see';
const ROTATED = 'canary-91cc-token-after-the-rotation';
const METADATA = '/.well-known/oauth-protected-resource';

/** Wants one token, which can be changed, and tells who hands out tokens (RFC 9728). */
async function startWalledServer() {
  const state = { token: TOKEN };
  const real = await startPlainMcpServer((call) => {
    if (call.path === METADATA) {
      call.send(
        200,
        JSON.stringify({ resource: 'https://weather', authorization_servers: ['https://login.example'] }),
        {
          'content-type': 'application/json',
        },
      );
      return true;
    }
    if (call.headers.authorization === `Bearer ${state.token}`) return false;
    call.send(401, '', { 'www-authenticate': `Bearer resource_metadata="https://weather.example${METADATA}"` });
    return true;
  });
  return { real, state };
}

test('a server that wants credentials, from its first 401 to a rotated token', async (t) => {
  const { real, state } = await startWalledServer();
  const stage = await createVerifyStage(plane, { logLevel: 'debug' });
  const { serve, servers, untilReason, pods, kubectl, operator, namespace } = stage;
  const [pod = ''] = await serve('weather', { port: real.port, health: { type: 'MCP' }, verify: { interval: '1h' } });
  const secretKeyRef = { name: 'login', key: 'token' };
  const secret = (token: string) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'login', namespace },
    stringData: { token: `${token}\n` },
  });
  const apply = (token: string) => plane.kubectl(['apply', '-f', '-'], JSON.stringify(secret(token)));

  await t.test('Verified and Ready are Unknown, the gate is open, and the message says what to do', async () => {
    const server = await untilReason('weather', 'Ready', 'AuthRequired');
    for (const type of ['Verified', 'Ready']) assert.equal(conditionOf(server, type)?.status, 'Unknown');
    const message = conditionOf(server, 'Verified')?.message ?? '';
    assert.ok(message.includes(pod), message);
    assert.match(message, /HTTP 401 \(Bearer\); its metadata \(RFC 9728\) name .*https:\/\/login\.example/);
    assert.match(message, /spec\.verify\.auth\.secretKeyRef/);
    assert.deepEqual(
      (await pods('weather')).map(({ gate, ready }) => [gate, ready]),
      [['True', true]],
    );
    assert.equal(server.status?.url, `http://weather.${namespace}.svc:${real.port}/mcp`, 'clients with a token get in');
    assert.equal(server.status?.verifiedReplicas, 0);
    assert.equal(server.status?.phase, 'Running');
  });

  await t.test('a Secret that is not there is named', async () => {
    await servers.change('weather', { verify: { auth: { secretKeyRef } } });
    const server = await untilReason('weather', 'Verified', 'TokenNotFound');
    assert.match(conditionOf(server, 'Verified')?.message ?? '', /^Secret login, which spec\.verify\.auth/);
    assert.deepEqual(
      (await pods('weather')).map(({ gate }) => gate),
      ['True'],
    );
  });

  await t.test('with the token: verified at once, whatever the interval', async () => {
    await apply(TOKEN);
    const server = await untilReason('weather', 'Ready', 'Ready');
    assert.equal(conditionOf(server, 'Verified')?.status, 'True');
    assert.equal(server.status?.server?.name, 'plain');
  });

  await t.test('the server wants another one: the rotated token is tried at once', async () => {
    state.token = ROTATED;
    await apply('canary-of-a-wrong-token');
    const rejected = await untilReason('weather', 'Verified', 'AuthRejected');
    assert.match(conditionOf(rejected, 'Verified')?.message ?? '', /put a token that the server accepts/);
    await apply(ROTATED);
    await untilReason('weather', 'Ready', 'Ready');
  });

  await t.test('an annotation of the Secret costs no write', async () => {
    await atRest(operator);
    operator.forgetRequests();
    const before = real.calls.length;
    await kubectl('annotate', 'secret/login', 'looked=at');
    await until(() => real.calls.length > before, { what: 'a handshake' });
    assert.deepEqual(operator.writes(), []);
  });

  await t.test('no token is anywhere: status, events, logs, metrics', async () => {
    const objects = await kubectl('get', 'smcp,deploy,svc,pods,events', '-o', 'yaml', '--show-managed-fields');
    for (const text of [objects, JSON.stringify(operator.log.lines), await operator.metrics()]) {
      assert.ok(
        !text.includes('canary'),
        text.slice(Math.max(0, text.indexOf('canary') - 200), text.indexOf('canary')),
      );
      assert.ok(!text.includes(Buffer.from('canary').toString('base64').slice(0, 7)));
    }
  });
  await operator.stop();
});

test('a key that the Secret does not have: the server is asked without a token', async () => {
  const { real } = await startWalledServer();
  const { serve, untilReason, kubectl, operator } = await createVerifyStage(plane);
  await kubectl('create', 'secret', 'generic', 'login', `--from-literal=other=${TOKEN}`);
  const auth = { secretKeyRef: { name: 'login', key: 'token' } };
  await serve('weather', { port: real.port, health: { type: 'TCP' }, verify: { auth } });
  await untilReason('weather', 'Verified', 'AuthRequired');
  await operator.stop();
});
