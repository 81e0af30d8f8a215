import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeFault, ordinal } from './describe-fault.ts';
import type { FaultSpec } from './fault.ts';

const to = { resource: 'mcpservers.mcp.mcp.dev', type: 'ADDED' } as const;

describe('describeFault', () => {
  const onApply = (action: Extract<FaultSpec, { on: 'request' }>['action']): FaultSpec => ({
    on: 'request',
    match: { verb: 'apply', resource: 'deployments.apps', name: 'weather' },
    nth: 2,
    action,
  });
  const onEvent = (action: Extract<FaultSpec, { on: 'event' }>['action']): FaultSpec => ({
    on: 'event',
    match: { resource: 'pods', type: 'DELETED' },
    nth: 1,
    action,
  });
  const onWatch = (action: Extract<FaultSpec, { on: 'watch' }>['action']): FaultSpec => ({
    on: 'watch',
    match: { resource: 'pods' },
    nth: 1,
    action,
  });
  const rows: readonly (readonly [FaultSpec, string])[] = [
    [onApply({ do: 'crash', when: 'before' }), '2nd apply of deployments.apps weather: crash before it arrives'],
    [onApply({ do: 'crash', when: 'after-commit' }), '2nd apply of deployments.apps weather: crash after commit'],
    [onApply({ do: 'crash', when: 'after-answer' }), '2nd apply of deployments.apps weather: crash after the answer'],
    [onApply({ do: 'answer', status: 409, commit: false }), '2nd apply of deployments.apps weather: 409'],
    [
      onApply({ do: 'answer', status: 429, retryAfter: 3, commit: false }),
      '2nd apply of deployments.apps weather: 429 with Retry-After 3',
    ],
    [
      onApply({ do: 'answer', status: 504, commit: true }),
      '2nd apply of deployments.apps weather: 504, though it was done',
    ],
    [onApply({ do: 'reset', commit: true }), '2nd apply of deployments.apps weather: reset instead of the answer'],
    [onApply({ do: 'reset', commit: false }), '2nd apply of deployments.apps weather: reset before it arrives'],
    [onApply({ do: 'hold', what: 'answer', ms: 5 }), '2nd apply of deployments.apps weather: answer held for 5 ms'],
    [
      onApply({ do: 'black-hole', commit: true, ms: 7 }),
      '2nd apply of deployments.apps weather: done, but never answered, reset after 7 ms',
    ],
    [onApply({ do: 'black-hole', commit: false, ms: null }), '2nd apply of deployments.apps weather: never answered'],
    [onApply({ do: 'truncate' }), '2nd apply of deployments.apps weather: half of the answer'],
    [
      { on: 'request', match: {}, nth: 3, times: 2, action: { do: 'list-older', to, nth: 4 } },
      '3rd request of anything and 1 more: the state after the 4th ADDED of mcpservers.mcp.mcp.dev',
    ],
    [
      {
        on: 'request',
        match: {
          verb: ['create', 'apply'],
          subresource: 'status',
          resource: 'a',
          namespace: '$namespace',
          diff: { '/b': 'c' },
        },
        nth: 1,
        times: null,
        action: { do: 'truncate' },
      },
      '1st create or apply of a/status in $namespace with /b = "c" and all after it: half of the answer',
    ],
    [onWatch({ do: 'expire', how: 'http' }), '1st watch of pods: HTTP 410'],
    [onWatch({ do: 'expire', how: 'in-band' }), '1st watch of pods: an ERROR event with 410'],
    [onWatch({ do: 'bookmarks-only', everyMs: 1, ms: 9 }), '1st watch of pods: only bookmarks for 9 ms'],
    [onWatch({ do: 'close-after-event' }), '1st watch of pods: ends after its first event'],
    [onWatch({ do: 'chop', bytes: 1 }), '1st watch of pods: in chunks of 1 B'],
    [onEvent({ do: 'hold', ms: 5 }), '1st DELETED of pods: held for 5 ms'],
    [onEvent({ do: 'unobserved', ms: 5 }), '1st DELETED of pods: never seen, only the next event of the object'],
    [
      onEvent({ do: 'unobserved', until: 'ADDED', ms: 5 }),
      '1st DELETED of pods: never seen, only the next ADDED of the object',
    ],
    [onEvent({ do: 'duplicate', copies: 2 }), '1st DELETED of pods: sent 3 times'],
    [onEvent({ do: 'error', code: 410 }), '1st DELETED of pods: an ERROR event with 410 instead'],
    [onEvent({ do: 'error', code: 410, afterMs: 500 }), '1st DELETED of pods: an ERROR event with 410 500 ms after it'],
    [onEvent({ do: 'black-hole', ms: 5 }), '1st DELETED of pods: silence from here on, reset after 5 ms'],
    [onEvent({ do: 'reset', when: 'after' }), '1st DELETED of pods: reset after it'],
    [onEvent({ do: 'close', when: 'before' }), '1st DELETED of pods: end of the watch before it'],
    [onEvent({ do: 'truncate' }), '1st DELETED of pods: half of its line, then the end'],
    [onEvent({ do: 'chop', bytes: 'utf8' }), '1st DELETED of pods: cut within its characters'],
    [onEvent({ do: 'chop', bytes: 3 }), '1st DELETED of pods: in chunks of 3 B'],
    [onEvent({ do: 'crash', when: 'before' }), '1st DELETED of pods: crash before it is sent'],
    [
      onEvent({ do: 'time-travel', resources: [], to, nth: 1, ms: 9, restart: true }),
      '1st DELETED of pods: crash, and then everything as of the 1st ADDED of mcpservers.mcp.mcp.dev for 9 ms',
    ],
    [
      onEvent({ do: 'time-travel', resources: ['pods'], to, nth: 1, ms: 9, restart: false }),
      '1st DELETED of pods: watches reset, and then pods as of the 1st ADDED of mcpservers.mcp.mcp.dev for 9 ms',
    ],
  ];
  for (const [spec, want] of rows) it(want, () => assert.equal(describeFault(spec), want));
});

it('ordinals', () => {
  const wanted = ['1st', '2nd', '3rd', '4th', '11th', '12th', '13th', '21st', '22nd', '101st', '111th'];
  assert.deepEqual(
    wanted.map((text) => ordinal(Number.parseInt(text, 10))),
    wanted,
  );
});
