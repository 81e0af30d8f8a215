import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startFaultServer } from '../../test/support/fault-server.ts';
import { createAuthority, issue } from './certificates/certificate.ts';
import { systemClock } from './clock.ts';
import type { Credentials } from './connection.ts';
import { createTransport } from './transport.ts';

const oldCa = createAuthority('old', Date.now());
const newCa = createAuthority('new', Date.now());
const { certificate: cert, key } = issue(newCa, { commonName: 'server', addresses: ['127.0.0.1'] }, Date.now());
const get = { method: 'GET', path: '/x' } as const;
const trusting = (ca: string): Credentials => ({ headers: {}, tls: { ca } });

/** A server with a certificate of the new authority, and a client that knows the old one until it reads again. */
async function stageOf(onRead: Credentials) {
  const server = await startFaultServer({ tls: { cert, key }, handler: (request) => request.json({}) });
  let known = trusting(oldCa.certificate);
  let reads = 0;
  const connection = server.connection(
    () => known,
    () => {
      reads += 1;
      known = onRead.tls.ca === known.tls.ca ? known : onRead;
      return known;
    },
  );
  const transport = createTransport({ connection, clock: systemClock, userAgent: 'test/1' });
  return { server, transport, reads: () => reads };
}

describe('a server with a certificate of another authority', () => {
  it('is trusted at once when the new CA is there already: a leader has ten seconds, and the files a minute', async () => {
    const { server, transport, reads } = await stageOf(trusting(newCa.certificate));
    assert.equal(await transport.request(get), '{}');
    assert.equal(await transport.request(get), '{}');
    assert.deepEqual([reads(), server.requests.length], [1, 2]);
    transport.close();
  });

  it('is not, when the CA that is read again is the same: nothing is sent', async () => {
    const { server, transport, reads } = await stageOf(trusting(oldCa.certificate));
    await assert.rejects(transport.request(get), { code: 'Network', message: /certificate/ });
    assert.deepEqual([reads(), server.requests.length], [1, 0]);
    transport.close();
  });

  it('is not read again for an authority that was read just now', async () => {
    const stranger = createAuthority('stranger', Date.now());
    const { server, transport, reads } = await stageOf(trusting(stranger.certificate));
    await assert.rejects(transport.request(get), { code: 'Network', message: /certificate/ });
    assert.deepEqual([reads(), server.requests.length], [1, 0]);
    transport.close();
  });
});
