import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import type { DialRequest, DialResponse, Line } from './dial.ts';
import { McpError } from './mcp-error.ts';
import { createSessions } from './sessions.ts';

/** A line that answers each DELETE as a test says, and keeps what was sent. */
function recording(answer: (request: DialRequest) => Promise<number>): Line & { readonly sent: DialRequest[] } {
  const sent: DialRequest[] = [];
  return {
    sent,
    async send(path, request): Promise<DialResponse> {
      assert.equal(path, '/mcp');
      sent.push(request);
      return { status: await answer(request), headers: {}, chunks: new Blob([]).stream(), destroy: () => undefined };
    },
    close: () => undefined,
  };
}

const ok = recording.bind(undefined, async () => 200);

describe('the sessions of a probe', () => {
  it('are none until a server hands one out', async () => {
    const line = ok();
    const sessions = createSessions('/mcp', {}, createFakeClock());
    assert.equal(sessions.note({ 'content-type': 'x' }), undefined);
    assert.deepEqual(await sessions.end(line), { sessions: 0, sessionsLeft: 0 });
    assert.deepEqual(line.sent, []);
  });

  it('are ended once each, with the headers of the probe and the version', async () => {
    const line = ok();
    const clock = createFakeClock();
    const sessions = createSessions('/mcp', { authorization: 'Bearer t' }, clock);
    assert.equal(sessions.note({ 'mcp-session-id': 'a' }), 'a');
    sessions.note({ 'mcp-session-id': 'a' });
    sessions.note({ 'mcp-session-id': 'b' });
    sessions.speak('2025-06-18');
    assert.deepEqual(await sessions.end(line), { sessions: 2, sessionsLeft: 0 });
    const expected = (id: string) => ({
      authorization: 'Bearer t',
      'mcp-session-id': id,
      'mcp-protocol-version': '2025-06-18',
    });
    assert.deepEqual(
      line.sent.map(({ method, headers }) => [method, headers]),
      [
        ['DELETE', expected('a')],
        ['DELETE', expected('b')],
      ],
    );
    assert.deepEqual(clock.pending(), []);
  });

  it('are left over where the DELETE fails, is refused or is not answered', async () => {
    const clock = createFakeClock();
    const line = recording(({ headers, signal }) => {
      const id = headers['mcp-session-id'];
      if (id === 'ok') return Promise.resolve(204);
      if (id === 'refused') return Promise.resolve(400);
      if (id === 'lost') return Promise.reject(new McpError('ConnectionLost', 'x'));
      if (id === 'bug') return Promise.reject(new TypeError('x'));
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    const sessions = createSessions('/mcp', {}, clock);
    for (const id of ['ok', 'refused', 'lost', 'bug', 'silent']) sessions.note({ 'mcp-session-id': id });
    const ending = sessions.end(line);
    await clock.advance(999);
    assert.equal(clock.pending().length, 1, 'still waiting for the silent one');
    await clock.advance(1);
    assert.deepEqual(await ending, { sessions: 5, sessionsLeft: 4 });
  });

  for (const id of ['', 'a b', 'a\tb', 'é', 'x'.repeat(8 * 1024 + 1)]) {
    it(`cannot have the id ${JSON.stringify(id.slice(0, 10))}`, () => {
      const sessions = createSessions('/mcp', {}, createFakeClock());
      assert.throws(() => sessions.note({ 'mcp-session-id': id }), /Mcp-Session-Id that is not visible ASCII/);
    });
  }
});
