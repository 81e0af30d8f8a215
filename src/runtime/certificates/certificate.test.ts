import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request } from 'node:https';
import { test } from 'node:test';
import { createAuthority, issue, newKey, publicKeyOf } from './certificate.ts';

const now = Date.UTC(2026, 5, 1);

test('an authority is a self-signed CA for ten years', () => {
  const authority = createAuthority('my-ca', now);
  const certificate = new X509Certificate(authority.certificate);
  assert.equal(certificate.ca, true);
  assert.equal(certificate.subject, 'CN=my-ca');
  assert.equal(certificate.issuer, 'CN=my-ca');
  assert.ok(certificate.verify(certificate.publicKey));
  assert.equal(certificate.validFromDate.toISOString(), '2026-05-31T23:00:00.000Z');
  assert.equal(certificate.validToDate.toISOString(), '2036-05-29T00:00:00.000Z');
});

test('both live as long as they are told to, from now on', () => {
  const authority = createAuthority('my-ca', now, 7_200_000);
  const leaf = issue(authority, { commonName: 'me' }, now, 60_000);
  assert.equal(new X509Certificate(authority.certificate).validToDate.toISOString(), '2026-06-01T02:00:00.000Z');
  assert.equal(new X509Certificate(leaf.certificate).validToDate.toISOString(), '2026-06-01T00:01:00.000Z');
});

test('a leaf is signed by its authority, and by no other', () => {
  const authority = createAuthority('my-ca', now);
  const other = createAuthority('my-ca', now);
  const leaf = new X509Certificate(issue(authority, { commonName: 'me' }, now).certificate);
  assert.ok(leaf.checkIssued(new X509Certificate(authority.certificate)));
  assert.ok(leaf.verify(new X509Certificate(authority.certificate).publicKey));
  assert.equal(leaf.verify(new X509Certificate(other.certificate).publicKey), false);
  assert.equal(leaf.ca, false);
});

test('a leaf carries user, groups, names and addresses', () => {
  const authority = createAuthority('my-ca', now);
  const { certificate } = issue(
    authority,
    {
      commonName: 'system:node:one',
      organizations: ['system:nodes', 'more'],
      dnsNames: ['one', 'one.example'],
      addresses: ['127.0.0.1', '198.18.0.1'],
    },
    now,
  );
  const leaf = new X509Certificate(certificate);
  assert.equal(leaf.subject, 'O=system:nodes\nO=more\nCN=system:node:one');
  assert.equal(leaf.subjectAltName, 'DNS:one, DNS:one.example, IP Address:127.0.0.1, IP Address:198.18.0.1');
  assert.deepEqual(leaf.keyUsage, ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
});

test('the key belongs to the certificate', () => {
  const authority = createAuthority('my-ca', now);
  const pair = issue(authority, { commonName: 'me' }, now);
  const certificate = new X509Certificate(pair.certificate);
  assert.ok(certificate.checkPrivateKey(createPrivateKey(pair.key)));
  assert.equal(certificate.checkPrivateKey(createPrivateKey(newKey())), false);
});

test('two certificates never share a serial number', () => {
  const authority = createAuthority('my-ca', now);
  const serials = Array.from(
    { length: 20 },
    () => new X509Certificate(issue(authority, { commonName: 'me' }, now).certificate).serialNumber,
  );
  assert.equal(new Set(serials).size, 20);
});

test('an address that is none is refused before a certificate is written', () => {
  const authority = createAuthority('my-ca', now);
  assert.throws(() => issue(authority, { commonName: 'me', addresses: ['::1'] }, now), /not an IPv4 address: "::1"/);
});

test('the public half of a key is that of the key', () => {
  const key = newKey();
  assert.equal(publicKeyOf(key), publicKeyOf(key));
  assert.notEqual(publicKeyOf(key), publicKeyOf(newKey()));
  assert.match(publicKeyOf(key), /^-----BEGIN PUBLIC KEY-----/);
});

test('TLS works both ways: the server is believed, the client is known by its name', async () => {
  const authority = createAuthority('my-ca', Date.now());
  const served = issue(authority, { commonName: 'server', addresses: ['127.0.0.1'] }, Date.now());
  const client = issue(authority, { commonName: 'alice', organizations: ['admins'] }, Date.now());
  const server = createServer(
    {
      cert: served.certificate,
      key: served.key,
      ca: authority.certificate,
      requestCert: true,
      rejectUnauthorized: true,
    },
    (incoming, outgoing) => {
      const socket = incoming.socket as import('node:tls').TLSSocket;
      const { CN, O } = socket.getPeerCertificate().subject;
      outgoing.end(`${CN} of ${O}`);
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    const call = request({
      host: '127.0.0.1',
      port: address.port,
      ca: authority.certificate,
      cert: client.certificate,
      key: client.key,
      agent: false,
    });
    call.end();
    const [answer] = await once(call, 'response');
    let body = '';
    for await (const chunk of answer) body += chunk;
    assert.equal(body, 'alice of admins');
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
