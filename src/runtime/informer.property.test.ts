import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import type { ModelServer } from '../../test/support/model-server.ts';
import { createModelServer } from '../../test/support/model-server.ts';
import { createRecordedLog } from '../../test/support/recorded-log.ts';
import type { ApiErrorCode } from './errors.ts';
import { ApiError } from './errors.ts';
import { createInformer } from './informer.ts';
import type { KubeObject } from './object.ts';
import type { Resource } from './resource.ts';

const widgets: Resource = {
  group: 'x.dev',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
  verbs: ['list', 'watch'],
};

const errors: readonly ApiErrorCode[] = [
  'BadRequest',
  'Unauthorized',
  'Forbidden',
  'NotFound',
  'Gone',
  'TooManyRequests',
  'ServerError',
  'Timeout',
  'Network',
  'Malformed',
];

/** One thing that happens to the server, its clients or the time. */
type Step =
  | { readonly do: 'put' | 'remove'; readonly name: string }
  | { readonly do: 'compact' | 'end' | 'repeat' | 'pause' | 'resume' | 'bookmark' }
  | { readonly do: 'break' | 'fail'; readonly code: ApiErrorCode }
  | { readonly do: 'wait'; readonly ms: number };

const name = fc.constantFrom('u', 'v', 'w', 'x', 'y');
const code = fc.constantFrom(...errors);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('put' as const), name }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('remove' as const), name }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'compact' as const,
        'end' as const,
        'repeat' as const,
        'pause' as const,
        'resume' as const,
        'bookmark' as const,
      ),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('break' as const, 'fail' as const), code }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 1, 500, 1_000, 5_000) }),
  },
);

function carryOut(server: ModelServer, happening: Exclude<Step, { do: 'wait' }>): void {
  if (happening.do === 'put' || happening.do === 'remove') server[happening.do](happening.name);
  else if (happening.do === 'end') server.breakWatches();
  else if (happening.do === 'break') server.breakWatches(new ApiError(happening.code, 'injected'));
  else if (happening.do === 'fail') server.failNext(new ApiError(happening.code, 'injected'));
  else server[happening.do]();
}

describe('informer against a model of the API server', () => {
  it('ends up with what the server has, told every listener so, and never goes back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
        const clock = createFakeClock();
        const server = createModelServer();
        const log = createRecordedLog();
        const informer = createInformer<KubeObject>({
          client: server,
          resource: widgets,
          clock,
          log,
          random: () => 0.3,
          indexes: { name: (object) => [object.metadata.name] },
        });
        /** What a listener knows that only ever heard changes. */
        const told = new Map<string, string>();
        /** The newest version of each name that was ever told. */
        const newest = new Map<string, number>();
        informer.onChange((key, before, after, kind) => {
          assert.equal(before?.metadata.resourceVersion, told.get(key), 'before is what was told before');
          assert.equal(informer.store.get(key), after, 'the cache is ahead of its listeners');
          assert.equal(kind === 'delete', after === undefined);
          assert.equal(kind === 'update', before !== undefined && after !== undefined);
          if (after === undefined) {
            told.delete(key);
            return;
          }
          const version = Number(after.metadata.resourceVersion);
          assert.ok(version > (newest.get(key) ?? 0), `${key} went from ${newest.get(key)} to ${version}`);
          newest.set(key, version);
          told.set(key, String(version));
        });
        const stop = new AbortController();
        const ended = informer.start(stop.signal);

        for (const happening of steps) {
          if (happening.do === 'wait') await clock.advance(happening.ms);
          else carryOut(server, happening);
        }
        // The faults end. Every wait that they caused is over within its longest, times those in a row.
        server.resume();
        await clock.advance(600_000);

        const cached = informer.store.list().map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`);
        assert.deepEqual(cached.sort(), server.state());
        assert.deepEqual([...told].map(([key, version]) => `${key.slice(2)}@${version}`).sort(), server.state());
        for (const object of informer.store.list()) {
          assert.deepEqual(informer.store.byIndex('name', object.metadata.name), [object]);
        }
        assert.equal(informer.hasSynced(), true);
        // The informer contains what its listeners throw: the assertions in ours end up here.
        assert.deepEqual(
          log.lines.filter(({ level }) => level === 'error').map(({ fields }) => String(fields.error)),
          [],
        );
        stop.abort();
        await ended;
        assert.deepEqual(clock.pending(), []);
      }),
      { numRuns: 300 },
    );
  });
});
