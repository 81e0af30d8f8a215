import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { stringify } from 'yaml';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { startFaultServer } from '../../test/support/fault-server.ts';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { systemClock } from './clock.ts';
import { connect } from './connect.ts';
import type { Connection } from './connection.ts';
import { fromKubeconfig } from './kubeconfig.ts';
import { createTransport } from './transport.ts';

const PEM = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A kubeconfig with one context, as kubectl writes it. */
function kubeconfig(user: object = {}, cluster: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'cl', cluster: { server: 'https://api.test:6443', ...cluster } }],
    users: [{ name: 'us', user }],
    contexts: [{ name: 'co', context: { cluster: 'cl', user: 'us', namespace: 'ns' } }],
    'current-context': 'co',
  };
}

type Test = Parameters<typeof temporaryDirectory>[0];

async function write(test: Test, config: object | string, name = 'config'): Promise<string> {
  const file = join(await temporaryDirectory(test), name);
  await writeFile(file, typeof config === 'string' ? config : stringify(config));
  return file;
}

async function load(test: Test, config: object | string): Promise<Connection> {
  return fromKubeconfig({ clock: createFakeClock(), files: [await write(test, config)] });
}

describe('ways to log in', () => {
  it('token', async (t) => {
    const connection = await load(t, kubeconfig({ token: 'tok' }));
    assert.equal((await connection.credentials()).headers.authorization, 'Bearer tok');
    assert.equal(connection.server.href, 'https://api.test:6443/');
    assert.equal(connection.namespace, 'ns');
    assert.match(connection.source, /^kubeconfig .*config, context co$/);
  });

  it('token file, relative to the kubeconfig, read again when it is old', async (t) => {
    const file = await write(t, kubeconfig({ tokenFile: 'tok', token: 'not this' }));
    const tokenFile = join(file, '..', 'tok');
    await writeFile(tokenFile, 'one\n');
    const clock = createFakeClock();
    const connection = await fromKubeconfig({ clock, files: [file] });
    assert.equal((await connection.credentials()).headers.authorization, 'Bearer one');
    await writeFile(tokenFile, 'two\n');
    await clock.advance(60_000);
    assert.equal((await connection.credentials()).headers.authorization, 'Bearer two');
  });

  it('password', async (t) => {
    const connection = await load(t, kubeconfig({ username: 'u', password: 'p' }));
    assert.equal((await connection.credentials()).headers.authorization, `Basic ${base64('u:p')}`);
  });

  it('client certificate and CA, inline', async (t) => {
    const user = { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') };
    const connection = await load(t, kubeconfig(user, { 'certificate-authority-data': base64(PEM) }));
    const { tls, headers } = await connection.credentials();
    assert.equal(tls.ca, PEM);
    assert.equal(tls.cert, 'CERT');
    assert.equal(tls.key, 'KEY');
    assert.equal(tls.insecure, false);
    assert.deepEqual(headers, {});
  });

  it('client certificate and CA in files beside the kubeconfig, and a rotated one is noticed', async (t) => {
    const user = { 'client-certificate': 'c.pem', 'client-key': 'k.pem' };
    const file = await write(t, kubeconfig(user, { 'certificate-authority': 'ca.pem' }));
    const beside = (name: string, text: string) => writeFile(join(file, '..', name), text);
    await Promise.all([beside('c.pem', 'CERT'), beside('k.pem', 'KEY'), beside('ca.pem', 'CA')]);
    const clock = createFakeClock();
    const connection = await fromKubeconfig({ clock, files: [file] });
    const first = await connection.credentials();
    assert.deepEqual([first.tls.ca, first.tls.cert, first.tls.key], ['CA', 'CERT', 'KEY']);
    await beside('c.pem', 'CERT2');
    await clock.advance(60_000);
    const second = await connection.credentials();
    assert.equal(second.tls.cert, 'CERT2');
    assert.notEqual(second.tls, first.tls);
  });

  it('impersonation', async (t) => {
    const user = {
      token: 't',
      as: 'jane',
      'as-uid': '7',
      'as-groups': ['a', 'b'],
      'as-user-extra': { 'x/Y': ['1', '2'] },
    };
    assert.deepEqual((await (await load(t, kubeconfig(user))).credentials()).headers, {
      authorization: 'Bearer t',
      'impersonate-user': 'jane',
      'impersonate-uid': '7',
      'impersonate-group': ['a', 'b'],
      'impersonate-extra-x%2Fy': ['1', '2'],
    });
  });

  it('nobody', async (t) => {
    const config = { ...kubeconfig(), contexts: [{ name: 'co', context: { cluster: 'cl' } }] };
    assert.deepEqual((await (await load(t, config)).credentials()).headers, {});
  });
});

describe('credential plugin', () => {
  /** A plugin that counts its runs in its token and tells what it was told. */
  async function plugin(test: Test, script: string, more: object = {}): Promise<string> {
    const file = await write(
      test,
      kubeconfig({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command: './plugin', ...more } }),
    );
    const command = join(file, '..', 'plugin');
    await writeFile(command, `#!/bin/sh\ncd "$(dirname "$0")"\n${script}\n`);
    await chmod(command, 0o755);
    return file;
  }
  const counting = `echo x >> runs; n=$(wc -l < runs | tr -d ' ')
    printf '{"kind":"ExecCredential","status":{"token":"%s-%s"}}' "$1" "$n"`;

  it('runs once, and again after a 401', async (t) => {
    const files = [await plugin(t, counting, { args: ['tok'] })];
    const clock = createFakeClock();
    const connection = await fromKubeconfig({ clock, files });
    assert.equal((await connection.credentials()).headers.authorization, 'Bearer tok-1');
    await clock.advance(3_600_000);
    assert.equal((await connection.credentials()).headers.authorization, 'Bearer tok-1', 'it said nothing of an end');
    assert.equal((await connection.refresh()).headers.authorization, 'Bearer tok-2');
  });

  it('may give a client certificate', async (t) => {
    const status = { clientCertificateData: 'CERT', clientKeyData: 'KEY' };
    const files = [await plugin(t, `echo '${JSON.stringify({ kind: 'ExecCredential', status })}'`)];
    const { tls } = await (await fromKubeconfig({ clock: createFakeClock(), files })).credentials();
    assert.deepEqual([tls.cert, tls.key], ['CERT', 'KEY']);
  });

  it('is told that nobody is there, and which cluster it is for, beside its own variables', async (t) => {
    const more = { env: [{ name: 'MINE', value: 'mine' }], provideClusterInfo: true };
    const script = `printf '%s' "$KUBERNETES_EXEC_INFO" > info
      printf '{"kind":"ExecCredential","status":{"token":"%s"}}' "$MINE"`;
    const file = await plugin(t, script, more);
    const connection = await fromKubeconfig({ clock: createFakeClock(), files: [file] });
    assert.equal((await connection.credentials()).headers.authorization, 'Bearer mine');
    const { readFile } = await import('node:fs/promises');
    const info = JSON.parse(await readFile(join(file, '..', 'info'), 'utf8'));
    assert.equal(info.kind, 'ExecCredential');
    assert.equal(info.apiVersion, 'client.authentication.k8s.io/v1');
    assert.deepEqual(info.spec, { interactive: false, cluster: { server: 'https://api.test:6443' } });
  });

  it('that fails is quoted, with the hint how to install it', async (t) => {
    const files = [await plugin(t, 'echo "session expired" >&2; exit 1', { installHint: 'brew install plugin' })];
    await assert.rejects(fromKubeconfig({ clock: createFakeClock(), files }), {
      code: 'Config',
      message: /context co: the credential plugin .*plugin failed: session expired \(brew install plugin\)/,
    });
  });

  it('that does not exist is named', async (t) => {
    const config = kubeconfig({ exec: { apiVersion: 'v1', command: 'no-such-plugin-anywhere' } });
    await assert.rejects(load(t, config), {
      code: 'Config',
      message: /plugin no-such-plugin-anywhere failed: .*ENOENT/,
    });
  });

  for (const [how, output] of [
    ['no JSON', 'token=hunter2'],
    ['no status', '{"hunter2":1}'],
  ] as const) {
    it(`that writes ${how} is not quoted: it may be a token`, async (t) => {
      const files = [await plugin(t, `echo '${output}'`)];
      await assert.rejects(fromKubeconfig({ clock: createFakeClock(), files }), (error: Error) => {
        assert.match(error.message, /is not an ExecCredential/);
        assert.ok(!`${error.message} ${error.cause}`.includes('hunter2'));
        return true;
      });
    });
  }
});

describe('cluster settings', () => {
  it('insecure-skip-tls-verify and tls-server-name', async (t) => {
    const cluster = { 'insecure-skip-tls-verify': true, 'tls-server-name': 'inner.test' };
    const { tls } = await (await load(t, kubeconfig({}, cluster))).credentials();
    assert.equal(tls.insecure, true);
    assert.equal(tls.serverName, 'inner.test');
  });

  it('a plain http server, as kubectl proxy is', async (t) => {
    const server = await startFaultServer({ handler: (request) => request.json({ ok: true }) });
    const connection = await load(t, kubeconfig({}, { server: server.url.href }));
    const transport = createTransport({ connection, clock: systemClock, userAgent: 'test' });
    assert.equal(await transport.request({ method: 'GET', path: '/x' }), '{"ok":true}');
    transport.close();
  });

  it('proxy-url: requests go through it', async (t) => {
    const seen: string[] = [];
    const proxy = createServer((request, response) => {
      seen.push(request.url ?? '');
      response.end('{"proxied":true}');
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    t.after(() => proxy.close());
    const address = proxy.address();
    assert.ok(address !== null && typeof address === 'object');
    const cluster = { server: 'http://api.test:6443', 'proxy-url': `http://127.0.0.1:${address.port}` };
    const transport = createTransport({
      connection: await load(t, kubeconfig({}, cluster)),
      clock: systemClock,
      userAgent: 'test',
    });
    assert.equal(await transport.request({ method: 'GET', path: '/x' }), '{"proxied":true}');
    assert.deepEqual(seen, ['http://api.test:6443/x']);
    transport.close();
  });

  it('the proxy of the environment is used for what is not on this machine', async (t) => {
    const env = { HTTPS_PROXY: 'http://proxy.test:3128' };
    const far = await fromKubeconfig({ clock: createFakeClock(), env, files: [await write(t, kubeconfig())] });
    assert.equal(far.proxy?.HTTPS_PROXY, 'http://proxy.test:3128');
    for (const server of ['https://127.0.0.1:6443', 'https://localhost:6443', 'https://[::1]:6443']) {
      const near = await fromKubeconfig({
        clock: createFakeClock(),
        env,
        files: [await write(t, kubeconfig({}, { server }))],
      });
      assert.equal(near.proxy, undefined, server);
    }
  });
});

describe('a kubeconfig that cannot be used', () => {
  const list = (name: string) => ({ [name]: [] });
  const cases: readonly [string, object | string, RegExp][] = [
    ['is empty', '\n', /config is empty/],
    ['is not YAML', 'users: [', /config is not YAML: /],
    ['is a text', 'hello', /is not a kubeconfig/],
    ['is a list', '- 1', /is not a kubeconfig/],
    ['has clusters that are no list', { ...kubeconfig(), clusters: 5 }, /must be lists/],
    ['has no current context', { ...kubeconfig(), 'current-context': '' }, /no current-context; choose one of "co"/],
    [
      'names an unknown context',
      { ...kubeconfig(), 'current-context': 'x' },
      /no context "x", .*current-context.*"co"/,
    ],
    ['names an unknown cluster', { ...kubeconfig(), ...list('clusters') }, /no cluster "cl", .*context "co".*none/],
    ['names an unknown user', { ...kubeconfig(), ...list('users') }, /no user "us"/],
    ['has a context without cluster', { ...kubeconfig(), contexts: [{ name: 'co' }] }, /context "co" names no cluster/],
    ['has a cluster without server', kubeconfig({}, { server: '' }), /cluster "cl" has no server/],
    ['has a server that is no URL', kubeconfig({}, { server: 'api.test' }), /server "api.test" is not/],
    ['has a server of another kind', kubeconfig({}, { server: 'unix:///x' }), /server "unix:\/\/\/x" is not/],
    ['has a proxy of another kind', kubeconfig({}, { 'proxy-url': 'socks5://p:1' }), /proxy-url is not an http/],
    ['names a CA that does not exist', kubeconfig({}, { 'certificate-authority': 'ca.pem' }), /ENOENT.*ca\.pem/],
    ['names a token file that does not exist', kubeconfig({ tokenFile: 'tok' }), /cannot log in: ENOENT.*tok/],
  ];
  for (const [how, config, message] of cases) {
    it(how, async (t) => {
      await assert.rejects(load(t, config), { name: 'ApiError', code: 'Config', message });
    });
  }

  it('is not quoted where YAML fails: credentials stand there', async (t) => {
    await assert.rejects(load(t, 'users:\n- name: x\n  user: {token: hunter2\n'), (error: Error) => {
      assert.match(error.message, /not YAML/);
      assert.ok(!`${error.message} ${error.cause} ${error.stack}`.includes('hunter2'));
      return true;
    });
  });

  it('does not exist', async () => {
    await assert.rejects(connect({ clock: createFakeClock(), kubeconfig: '/no/such/file', env: {} }), {
      code: 'Config',
      message: /kubeconfig \/no\/such\/file does not exist/,
    });
  });

  it('is a directory', async (t) => {
    const directory = await temporaryDirectory(t);
    await assert.rejects(connect({ clock: createFakeClock(), kubeconfig: directory, env: {} }), {
      code: 'Config',
      message: /cannot be read: EISDIR/,
    });
  });
});

describe('connect', () => {
  const clock = createFakeClock();
  const tokenOf = async (connection: Connection) => (await connection.credentials()).headers.authorization;

  it('takes --kubeconfig before everything', async (t) => {
    const flag = await write(t, kubeconfig({ token: 'flag' }));
    const env = { KUBECONFIG: await write(t, kubeconfig({ token: 'env' })), KUBERNETES_SERVICE_HOST: 'x' };
    assert.equal(await tokenOf(await connect({ clock, kubeconfig: flag, env })), 'Bearer flag');
  });

  it('takes KUBECONFIG before the pod and the home directory', async (t) => {
    const env = {
      KUBECONFIG: await write(t, kubeconfig({ token: 'env' })),
      KUBERNETES_SERVICE_HOST: '10.0.0.1',
      KUBERNETES_SERVICE_PORT: '443',
    };
    assert.equal(await tokenOf(await connect({ clock, env })), 'Bearer env');
  });

  it('takes the pod before the home directory', async () => {
    const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };
    await assert.rejects(connect({ clock, env }), { code: 'Config', message: /serviceaccount/ });
  });

  it('takes ~/.kube/config in the end', async (t) => {
    const home = await temporaryDirectory(t);
    const { mkdir } = await import('node:fs/promises');
    await mkdir(join(home, '.kube'));
    await writeFile(join(home, '.kube', 'config'), stringify(kubeconfig({ token: 'home' })));
    assert.equal(await tokenOf(await connect({ clock, env: {}, home })), 'Bearer home');
  });

  it('says where it looked when there is nothing', async (t) => {
    const home = await temporaryDirectory(t);
    await assert.rejects(connect({ clock, env: {}, home }), {
      code: 'Config',
      message: /not a pod, KUBECONFIG is not set and .*\.kube\/config does not exist; give --kubeconfig/,
    });
  });

  it('merges the files of KUBECONFIG, the first to say something wins, and passes over missing ones', async (t) => {
    const first = await write(t, { users: [{ name: 'us', user: { token: 'first' } }], 'current-context': 'co' });
    const second = await write(t, { ...kubeconfig({ token: 'second' }), 'current-context': 'other' });
    const env = { KUBECONFIG: `/no/such:${first}::${second}` };
    assert.equal(await tokenOf(await connect({ clock, env })), 'Bearer first');
  });

  it('takes another context when told', async (t) => {
    const config = { ...kubeconfig({ token: 'x' }), 'current-context': 'gone' };
    const file = await write(t, config);
    assert.equal(await tokenOf(await connect({ clock, kubeconfig: file, context: 'co', env: {} })), 'Bearer x');
  });

  it('notices a new login after a 401', async (t) => {
    const file = await write(t, kubeconfig({ token: 'old' }));
    const connection = await connect({ clock, kubeconfig: file, env: {} });
    await writeFile(file, stringify(kubeconfig({ token: 'new' })));
    assert.equal((await connection.refresh()).headers.authorization, 'Bearer new');
  });
});
