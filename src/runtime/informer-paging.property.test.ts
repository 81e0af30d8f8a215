import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { createModelServer, type ModelServer } from '../../test/support/model-server.ts';
import { createRecordedLog } from '../../test/support/recorded-log.ts';
import type { Client, PageOptions, WatchOptions } from './client.ts';
import { ApiError } from './errors.ts';
import { createInformer } from './informer.ts';
import type { KubeObject } from './object.ts';
import type { Resource } from './resource.ts';

/**
 * Requests travel, and answers too: between two pages of a list, and between a list and its watch, anything can happen at
 * the server. `informer.property.test.ts` has answers that come at once; here fast-check decides what comes first.
 */

const widgets: Resource = {
  group: 'x.dev',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
  verbs: ['list', 'watch'],
};

type Happening = { readonly do: 'put' | 'remove'; readonly name: string } | { readonly do: 'compact' | 'cut' | 'fail' };

const name = fc.constantFrom('u', 'v', 'w', 'x', 'y', 'z');
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('put' as const), name }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('remove' as const), name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('compact' as const, 'cut' as const, 'fail' as const) }) },
);

function carryOut(server: ModelServer, what: Happening): void {
  if (what.do === 'put' || what.do === 'remove') server[what.do](what.name);
  else if (what.do === 'compact') server.compact();
  else if (what.do === 'cut') server.breakWatches(new ApiError('Network', 'cut'));
  else server.failNext(new ApiError('ServerError', 'injected'));
}

/** The way to the server, in which everything takes as long as the scheduler wants. */
function travelling(s: fc.Scheduler, server: ModelServer): Pick<Client, 'list' | 'watch'> {
  const way = (label: string) => s.schedule(Promise.resolve(), label);
  async function list(resource: Resource, selection: object, page?: PageOptions) {
    await way('list, there');
    const answer = await server.list(resource, selection, page);
    await way('list, back');
    return answer;
  }
  async function* watch(resource: Resource, selection: object, options: WatchOptions) {
    await way('watch, there');
    for await (const event of server.watch(resource, selection, options)) {
      await way('event');
      yield event;
    }
  }
  return { list: list as Client['list'], watch: watch as Client['watch'] };
}

async function play(s: fc.Scheduler, before: readonly string[], happenings: readonly Happening[]): Promise<void> {
  const clock = createFakeClock();
  const server = createModelServer();
  for (const each of before) server.put(each);
  const log = createRecordedLog();
  const client = travelling(s, server);
  const informer = createInformer<KubeObject>({ client, resource: widgets, clock, log, random: () => 0.3 });
  const newest = new Map<string, number>();
  const told = new Map<string, string>();
  informer.onChange((key, _before, after, kind) => {
    assert.equal(kind === 'sync' && informer.hasSynced(), false, 'after the first list everything is a change');
    if (after === undefined) return void told.delete(key);
    const version = Number(after.metadata.resourceVersion);
    assert.ok(version > (newest.get(key) ?? 0), `${key} went back from ${newest.get(key)} to ${version}`);
    newest.set(key, version);
    told.set(key, String(version));
  });
  const stop = new AbortController();
  const ended = informer.start(stop.signal);
  for (const what of happenings) {
    void s.schedule(Promise.resolve(), JSON.stringify(what)).then(() => carryOut(server, what));
  }
  // Every wait that the faults caused is over in the end; what is on its way arrives.
  for (let round = 0; round < 40; round += 1) {
    while (s.count() > 0) await s.waitOne();
    await clock.advance(30_000);
  }
  const cached = informer.store.list().map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`);
  assert.deepEqual(cached.sort(), server.state());
  assert.deepEqual([...told].map(([key, version]) => `${key.slice(2)}@${version}`).sort(), server.state());
  assert.equal(informer.hasSynced(), true);
  assert.deepEqual(log.at('error'), []);
  stop.abort();
  while (s.count() > 0) await s.waitOne();
  await ended;
}

describe('informer with a slow network', () => {
  it('ends up with what the server has, whatever happens between two pages, and never goes back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(name, { maxLength: 8 }), fc.array(happening, { maxLength: 25 }), play),
      { numRuns: 150 },
    );
  });
});
