import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FakeClock } from '../../test/support/fake-clock.ts';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import type { FaultServer, FaultStream } from '../../test/support/fault-server.ts';
import { objectOf, startFaultServer } from '../../test/support/fault-server.ts';
import { until } from '../../test/support/until.ts';
import type { ApiError } from './errors.ts';
import type { KubeObject } from './object.ts';
import { createTransport } from './transport.ts';
import { readWatch } from './watch-stream.ts';

/** A watch of 40 s on a real socket, the server's end of it, and what has come out of it. */
interface Watch {
  readonly server: FaultServer;
  readonly stream: FaultStream;
  readonly clock: FakeClock;
  /** `TYPE name@version` of each event. */
  readonly events: readonly string[];
  /** Resolves when the watch has ended, with the error that it ended with. */
  readonly ended: Promise<ApiError | undefined>;
}

async function openWatch(): Promise<Watch> {
  const clock = createFakeClock();
  const server = await startFaultServer();
  const opened = new Promise<FaultStream>((resolve) => server.handle((request) => resolve(request.open())));
  const transport = createTransport({ connection: server.connection(), clock, userAgent: 'test/1' });
  const events: string[] = [];
  const read = async () => {
    const source = await transport.stream({ method: 'GET', path: '/x?watch=true' });
    for await (const { type, object } of readWatch<KubeObject>(source, 'watch of pods', clock, 40)) {
      events.push(`${type} ${object.metadata.name}@${object.metadata.resourceVersion}`);
    }
  };
  const ended = read().then(
    () => undefined,
    (error: ApiError) => error,
  );
  const stream = await opened;
  // The client's deadline for headers is gone when the stream's own is set.
  await until(() => clock.pending().length === 1 && (clock.pending()[0] ?? 0) > 40_000, {
    what: 'the watch to be open',
    intervalMs: 2,
  });
  return { server, stream, clock, events, ended };
}

const line = (name: string, version: string) =>
  `${JSON.stringify({ type: 'ADDED', object: objectOf(name, version) })}\n`;

describe('watch stream', () => {
  it('gives events in order, of all types, and ends when the server ends it', async () => {
    const { stream, events, ended, clock } = await openWatch();
    for (const [i, type] of ['ADDED', 'MODIFIED', 'BOOKMARK', 'DELETED'].entries()) {
      stream.event(type, objectOf('p', String(i + 1)));
    }
    stream.end();
    assert.equal(await ended, undefined);
    assert.deepEqual(events, ['ADDED p@1', 'MODIFIED p@2', 'BOOKMARK p@3', 'DELETED p@4']);
    assert.deepEqual(clock.pending(), [], 'no timer is left');
  });

  it('takes a bookmark without a name, as the API server sends it', async () => {
    const { stream, events, ended } = await openWatch();
    stream.event('BOOKMARK', { metadata: { resourceVersion: '9', creationTimestamp: null } });
    stream.end();
    await ended;
    assert.deepEqual(events, ['BOOKMARK undefined@9']);
  });

  it('keeps the socket of a watch that ended well', async () => {
    const { server, stream, ended } = await openWatch();
    stream.end();
    await ended;
    assert.equal(server.open, 1);
  });

  it('joins bytes that come one by one, characters cut in two included', async () => {
    const { stream, events, ended } = await openWatch();
    await stream.drip(Buffer.from(line('pöd-€-😀', '1') + line('q', '2')), 1);
    stream.end();
    assert.equal(await ended, undefined);
    assert.deepEqual(events, ['ADDED pöd-€-😀@1', 'ADDED q@2']);
  });

  const broken: readonly [string, string, RegExp][] = [
    ['is not JSON', '{"type":"ADDED","object":{"metadata":{\n', /not JSON/],
    ['is JSON but no event', '[1]\n', /not an event/],
    ['is null', 'null\n', /not an event/],
    ['has an unknown type', '{"type":"PATCHED","object":{"metadata":{"resourceVersion":"1"}}}\n', /PATCHED/],
    ['has no object', '{"type":"ADDED"}\n', /not an event/],
    ['has an object without a version', '{"type":"ADDED","object":{"metadata":{"name":"p"}}}\n', /not an event/],
  ];
  for (const [how, text, message] of broken) {
    it(`is broken by a line that ${how}: later events are not taken`, async () => {
      const { stream, events, ended, server } = await openWatch();
      stream.write(line('p', '1') + text + line('q', '3'));
      const error = await ended;
      assert.equal(error?.code, 'Malformed');
      assert.match(error.message, message);
      assert.deepEqual(events, ['ADDED p@1']);
      await until(() => server.open === 0, { what: 'the socket to be closed', intervalMs: 2 });
    });
  }

  it('is broken by an end within a line', async () => {
    const { stream, events, ended } = await openWatch();
    stream.write(line('p', '1') + line('q', '2').slice(0, 20));
    stream.end();
    assert.equal((await ended)?.code, 'Malformed');
    assert.deepEqual(events, ['ADDED p@1']);
  });

  it('does not quote a broken line, which may be a Secret', async () => {
    const { stream, ended } = await openWatch();
    stream.write('hunter2\n');
    const error = await ended;
    assert.ok(!JSON.stringify([error?.message, String(error?.cause)]).includes('hunter2'));
  });

  it('is Gone when the server says so in-band', async () => {
    const { stream, ended } = await openWatch();
    stream.event('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' });
    assert.equal((await ended)?.code, 'Gone');
  });

  it('tells other in-band errors apart', async () => {
    const { stream, ended } = await openWatch();
    stream.event('ERROR', { kind: 'Status', code: 500, message: 'etcd is away' });
    const error = await ended;
    assert.equal(error?.code, 'ServerError');
    assert.equal(error.message, 'etcd is away');
  });

  it('is a Network error when the connection is reset', async () => {
    const { stream, events, ended } = await openWatch();
    stream.write(line('p', '1'));
    await until(() => events.length === 1, { what: 'the event', intervalMs: 2 });
    stream.reset();
    assert.equal((await ended)?.code, 'Network');
  });
});

describe('a watch whose connection dies without a word', () => {
  it('is noticed 5 s after the server should have ended it', async () => {
    const { server, clock, ended } = await openWatch();
    await clock.advance(44_999);
    assert.equal(server.open, 1);
    await clock.advance(1);
    const error = await ended;
    assert.equal(error?.code, 'Timeout');
    assert.match(error.message, /watch of pods: nothing heard for 45 s/);
    await until(() => server.open === 0, { what: 'the socket to be closed', intervalMs: 2 });
  });

  it('is noticed no later when it talked first', async () => {
    const { stream, clock, events, ended } = await openWatch();
    await clock.advance(39_000);
    stream.write(line('p', '1'));
    await until(() => events.length === 1, { what: 'the event', intervalMs: 2 });
    await clock.advance(6_000);
    assert.equal((await ended)?.code, 'Timeout');
  });

  it('is not confused with one that is busy beyond its time', async () => {
    const { stream, clock, events, ended } = await openWatch();
    for (let i = 1; i <= 30; i++) {
      await clock.advance(3_000);
      stream.write(line('p', String(i)));
      await until(() => events.length === i, { what: `event ${i}`, intervalMs: 2 });
    }
    assert.equal(clock.monotonic(), 90_000);
    await clock.advance(5_000);
    assert.equal((await ended)?.code, 'Timeout', 'and its silence is noticed when it comes');
  });
});
