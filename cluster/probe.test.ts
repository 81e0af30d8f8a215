import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import { test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { createAuthority, issue } from '../src/runtime/certificates/certificate.ts';
import { probe } from './probe.ts';

const authority = createAuthority('test', Date.now());
const ca = authority.certificate;

async function server(t: { after(remove: () => void): void }, answer: RequestListener, addresses = ['127.0.0.1']) {
  const pair = issue(authority, { commonName: 'server', dnsNames: ['kubernetes'], addresses }, Date.now());
  const options = { cert: pair.certificate, key: pair.key, ca, requestCert: true, rejectUnauthorized: false };
  const listener = createServer(options, answer);
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  t.after(() => {
    listener.closeAllConnections();
    listener.close();
  });
  const address = listener.address();
  assert.ok(typeof address === 'object' && address !== null);
  return `https://127.0.0.1:${address.port}/healthz`;
}

test('status and body of the answer, whatever it is', async (t) => {
  const url = await server(t, (request, response) => response.writeHead(500).end(`no ${request.url}`));
  assert.deepEqual(await probe(url, { ca }), { status: 500, body: 'no /healthz' });
});

test('the caller is known by its certificate, or anonymous', async (t) => {
  const url = await server(t, (request, response) => {
    response.end((request.socket as TLSSocket).getPeerCertificate().subject?.CN ?? 'nobody');
  });
  const client = issue(authority, { commonName: 'kubernetes-admin' }, Date.now());
  assert.equal((await probe(url, { ca, certificate: client.certificate, key: client.key })).body, 'kubernetes-admin');
  assert.equal((await probe(url, { ca })).body, 'nobody');
});

test('a server of another authority, and one of another name, are not believed', async (t) => {
  const good = await server(t, (_, response) => response.end());
  await assert.rejects(probe(good, { ca: createAuthority('other', Date.now()).certificate }), /certificate|signature/);
  const misnamed = await server(t, (_, response) => response.end(), ['198.18.0.1']);
  await assert.rejects(probe(misnamed, { ca }), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  assert.equal((await probe(misnamed, { ca, serverName: 'kubernetes' })).status, 200);
});

test('a server that does not answer is given up', async (t) => {
  const url = await server(t, () => undefined);
  await assert.rejects(probe(url, { ca, deadlineMs: 100 }), { name: 'AbortError' });
});

test('a server that is not there is an error', async () => {
  await assert.rejects(probe('https://127.0.0.1:1/', { ca }), { code: 'ECONNREFUSED' });
});
