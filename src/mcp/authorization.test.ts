import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startLockedServer } from '../../test/support/hostile-servers/http-refusals.ts';
import { startPlainMcpServer } from '../../test/support/plain-mcp-server.ts';
import { optionsFor, probeServer, timedProbe } from '../../test/support/probing.ts';
import { until } from '../../test/support/until.ts';

const token = 'probe-token-4711';
const metadata = JSON.stringify({
  resource: 'https://weather.example/mcp',
  authorization_servers: ['https://auth.example', 'https://other.example'],
});
const atPath = '/.well-known/oauth-protected-resource/mcp';
const atRoot = '/.well-known/oauth-protected-resource';

describe('a server that wants credentials', () => {
  it('is AuthRequired: reachable, neither passed nor failed, with what to do', async () => {
    const server = await startLockedServer(token, 'Bearer realm="x"');
    const result = await probeServer(server);
    assert.equal(result.verdict, 'AuthRequired');
    assert.equal(result.standing, 'Unknown');
    assert.equal(result.came, 'HTTP 401 (Bearer)');
    assert.match(result.message, /name a Secret with a bearer token in spec\.verify\.auth\.secretKeyRef/);
    assert.equal(result.learnt, undefined);
  });

  it('passes with the token, which goes along with every request to it', async () => {
    const server = await startLockedServer(token, 'Bearer');
    const result = await probeServer(server, { auth: token });
    assert.equal(result.verdict, 'HandshakePassed', result.message);
    assert.equal(server.headers.length, 5);
    for (const { authorization } of server.headers) assert.equal(authorization, `Bearer ${token}`);
    assert.equal(server.sessions.size, 0, 'the DELETE had it too');
  });

  it('says why there was no token, where one was named', async () => {
    const server = await startLockedServer(token, 'Bearer');
    const missing = (key: string) => ({ auth: { missing: `Secret login has no key ${key}` } });
    const [first, second, again] = [
      await probeServer(server, missing('token1')),
      await probeServer(server, missing('token2')),
      await probeServer(server, missing('token2')),
    ];
    assert.equal(first.verdict, 'AuthRequired');
    assert.match(first.message, /; Secret login has no key token1: put the token there, or correct spec\.verify\.auth/);
    assert.notEqual(first.fingerprint, second.fingerprint, 'another key is another finding');
    assert.equal(again.fingerprint, second.fingerprint);
  });

  it('that asks nobody for a token does without one that is missing', async () => {
    const server = await startPlainMcpServer();
    const result = await probeServer(server, { auth: { missing: 'Secret login has no key token' } });
    assert.equal(result.verdict, 'HandshakePassed', result.message);
    assert.ok(server.headers.every(({ authorization }) => authorization === undefined));
  });

  it('that refuses the token is AuthRejected', async () => {
    const server = await startLockedServer('another', 'Bearer error="invalid_token"');
    const result = await probeServer(server, { auth: token });
    assert.equal(result.verdict, 'AuthRejected');
    assert.equal(result.standing, 'Unknown');
    assert.match(result.message, /put a token that the server accepts into the Secret/);
  });

  it('that lacks a scope is Refused, and the scope is the thing to mend', async () => {
    const server = await startPlainMcpServer((call) => {
      call.send(403, '', { 'www-authenticate': 'Bearer error="insufficient_scope", scope="mcp:read"' });
      return true;
    });
    const result = await probeServer(server, { auth: token });
    assert.equal(result.verdict, 'Refused');
    assert.match(result.message, /give the token in spec\.verify\.auth the scope/);
  });

  it('only for its tools is AuthRequired too', async () => {
    const server = await startPlainMcpServer((call) => {
      if (call.method !== 'tools/list') return false;
      call.send(401, '', { 'www-authenticate': 'Bearer' });
      return true;
    });
    const result = await probeServer(server);
    assert.equal(result.verdict, 'AuthRequired');
    assert.equal(result.sent, 'POST /mcp tools/list');
    assert.equal(server.sessions.size, 0);
  });
});

describe('protected resource metadata (RFC 9728)', () => {
  it('at the path that the challenge names say which authorization server', async () => {
    const url = 'https://weather.example/oauth/meta?x=1';
    const server = await startLockedServer(token, `Bearer resource_metadata="${url}", scope="a"`, {
      '/oauth/meta': metadata,
    });
    const result = await probeServer(server);
    assert.equal(result.verdict, 'AuthRequired');
    assert.equal(
      result.came,
      'HTTP 401 (Bearer); its metadata (RFC 9728) name the authorization server https://auth.example',
    );
    assert.deepEqual(server.calls, ['POST /mcp server/discover', 'GET /oauth/meta']);
  });

  for (const path of [atPath, atRoot]) {
    it(`are looked for at ${path}`, async () => {
      const server = await startLockedServer(token, 'Bearer', { [path]: metadata });
      assert.match((await probeServer(server)).came, /https:\/\/auth\.example/);
    });
  }

  it('are asked for without the token, on the pod alone', async () => {
    const other = await startPlainMcpServer();
    const challenge = `Bearer resource_metadata="http://127.0.0.1:${other.port}/meta"`;
    const server = await startLockedServer('another', challenge, { [atPath]: metadata });
    await probeServer(server, { auth: token });
    assert.deepEqual(other.calls, [], 'nobody is sent elsewhere');
    assert.deepEqual(server.calls, ['POST /mcp server/discover', 'GET /meta', `GET ${atPath}`]);
    assert.equal(server.headers[1]?.authorization, undefined);
    assert.equal(server.headers[2]?.authorization, undefined);
  });

  it('may name no authorization server', async () => {
    const server = await startLockedServer(token, 'Bearer', { [atPath]: '{"resource":"x"}' });
    assert.match((await probeServer(server)).came, /name no authorization server/);
  });

  const useless = ['', 'not json', '[]', '{"authorization_servers":["https://a"]}', '{"resource":1}'];
  for (const document of useless) {
    it(`are not ${JSON.stringify(document)}`, async () => {
      const server = await startLockedServer(token, 'Bearer', { [atPath]: document, [atRoot]: document });
      assert.equal((await probeServer(server)).came, 'HTTP 401 (Bearer)');
    });
  }

  for (const challenge of [
    'Bearer resource_metadata="::"',
    'Bearer resource_metadata=',
    '"',
    '',
    'Basic realm="x"',
    undefined,
  ]) {
    it(`need no sensible challenge: ${challenge}`, async () => {
      const server = await startLockedServer(token, challenge);
      const result = await probeServer(server);
      assert.equal(result.verdict, 'AuthRequired', result.message);
      assert.equal(server.calls.length, 3);
    });
  }

  it('that never come do not hold the verdict', async () => {
    const server = await startPlainMcpServer((call) => {
      if (call.verb === 'POST') call.send(401, '', { 'www-authenticate': 'Bearer' });
      return true;
    });
    const { clock, result } = timedProbe(server);
    await until(() => server.calls.length === 2, { what: 'the GET of the metadata', intervalMs: 5 });
    await clock.advance(1_000);
    assert.equal((await result).verdict, 'AuthRequired');
    assert.equal((await result).durationMs, 1_000);
  });
});

describe('the token', () => {
  it('is in no message, though the server says it back', async () => {
    const answers: readonly ((authorization: string) => Record<string, string>)[] = [
      (authorization) => ({ body: `you sent ${authorization}`, type: 'text/plain' }),
      (authorization) => ({
        body: `{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"bad ${authorization}"}}`,
        type: 'application/json',
      }),
      (authorization) => ({ body: `<p>${authorization}</p>`, type: 'text/html' }),
    ];
    for (const status of [200, 400, 403, 500]) {
      for (const answer of answers) {
        const server = await startPlainMcpServer((call) => {
          const { body, type } = answer(String(call.headers.authorization));
          call.send(status, body, { 'content-type': type ?? '' });
          return true;
        });
        const result = await probeServer(server, { auth: token });
        assert.equal(JSON.stringify(result).includes(token), false, result.message);
      }
    }
  });

  it('is not in a redirect’s message', async () => {
    const server = await startPlainMcpServer((call) => {
      call.send(302, '', { location: `/login?was=${token}` });
      return true;
    });
    const result = await probeServer(server, { auth: token });
    assert.equal(result.verdict, 'Redirected');
    assert.equal(JSON.stringify(result).includes(token), false);
  });

  it('is not sent where the dial would lose it, and the message says so', async () => {
    const server = await startLockedServer(token, 'Bearer');
    const { dial } = optionsFor(server);
    const result = await probeServer(server, { auth: token, dial: { ...dial, carriesCredentials: false } });
    assert.equal(result.verdict, 'AuthRequired');
    assert.match(result.message, /pod proxy does not pass credentials on.*--probe-via=direct/);
    assert.equal(server.headers[0]?.authorization, undefined);
  });

  it('is hidden also where JSON or a URL has it in another form', async () => {
    const odd = 'a"b\\c/d=4711';
    const server = await startPlainMcpServer((call) => {
      const said = JSON.stringify({ sent: call.headers.authorization, url: encodeURIComponent(odd) });
      call.send(500, said, { 'content-type': 'application/json' });
      return true;
    });
    const result = await probeServer(server, { auth: odd });
    assert.doesNotMatch(result.came, /4711/, result.came);
    assert.match(result.came, /redacted/);
  });

  it('may have a line end, as files have', async () => {
    const server = await startLockedServer(token, 'Bearer');
    assert.equal((await probeServer(server, { auth: ` ${token}\n` })).verdict, 'HandshakePassed');
  });

  for (const bad of ['', ' \n', 'two words', 'line\nend', 'ümlaut']) {
    it(`that cannot be sent is AuthRejected: ${JSON.stringify(bad)}`, async () => {
      const server = await startLockedServer(token, 'Bearer');
      const result = await probeServer(server, { auth: bad });
      assert.equal(result.verdict, 'AuthRejected', result.message);
      assert.match(result.message, /^pod weather-0: the token is empty, or has characters .* into the Secret/);
      assert.deepEqual(server.calls, []);
    });
  }
});
