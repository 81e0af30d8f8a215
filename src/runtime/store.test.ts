import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { KubeObject } from './object.ts';
import { keyOf } from './object.ts';
import { createStore } from './store.ts';

interface Widget extends KubeObject {
  readonly spec?: { readonly owner?: string; readonly tags?: readonly string[]; readonly size?: number };
}

function widget(name: string, version: string, spec: Widget['spec'] = {}): Widget {
  return { metadata: { namespace: 'a', name, resourceVersion: version }, spec };
}

const indexes = {
  owner: (object: Widget) => (object.spec?.owner === undefined ? [] : [object.spec.owner]),
  tag: (object: Widget) => object.spec?.tags ?? [],
};

describe('store', () => {
  it('finds by key', () => {
    const store = createStore<Widget>();
    store.set(widget('w', '1'));
    assert.equal(store.get('a/w')?.metadata.resourceVersion, '1');
    assert.equal(store.has('a/w'), true);
    assert.equal(store.get('b/w'), undefined);
    assert.equal(store.size, 1);
  });

  it('replaces and deletes', () => {
    const store = createStore<Widget>();
    store.set(widget('w', '1'));
    store.set(widget('w', '2'));
    assert.deepEqual(
      store.list().map((object) => object.metadata.resourceVersion),
      ['2'],
    );
    store.delete('a/w');
    store.delete('a/w');
    assert.equal(store.size, 0);
    assert.deepEqual([...store.keys()], []);
  });

  it('drops managedFields and nothing else', () => {
    const store = createStore<Widget>();
    const sent = { ...widget('w', '1', { size: 3 }), status: { unknownToUs: [1, 2] } };
    store.set({ ...sent, metadata: { ...sent.metadata, managedFields: [{ manager: 'kubectl' }] } } as Widget);
    assert.deepEqual(store.get('a/w'), sent);
  });

  it('freezes deeply, so that nobody can change what others see', () => {
    const store = createStore<Widget>();
    const stored = store.set(widget('w', '1', { tags: ['x'], size: 1 })) as {
      metadata: { name: string };
      spec: { size: number; tags: string[] };
    };
    assert.throws(() => {
      stored.spec.size = 2;
    }, TypeError);
    assert.throws(() => stored.spec.tags.push('y'), TypeError);
    assert.throws(() => {
      stored.metadata.name = 'other';
    }, TypeError);
  });

  it('keeps what a projection keeps', () => {
    const store = createStore<Widget>({
      project: ({ metadata, spec }) => ({ metadata, spec: { owner: spec?.owner } }),
    });
    store.set(widget('w', '1', { owner: 'o', size: 5 }));
    assert.deepEqual(store.get('a/w')?.spec, { owner: 'o' });
  });

  it('refuses a projection that loses the identity or the version', () => {
    const store = createStore<Widget>({ project: ({ metadata }) => ({ metadata: { name: metadata.name } }) });
    assert.throws(() => store.set(widget('w', '1')), { code: 'Unknown', message: /projection of a\/w/ });
    assert.equal(store.size, 0);
  });

  it('finds by index', () => {
    const store = createStore<Widget>({ indexes });
    store.set(widget('w1', '1', { owner: 'x', tags: ['red', 'big'] }));
    store.set(widget('w2', '1', { owner: 'x', tags: ['red'] }));
    store.set(widget('w3', '1', { tags: [] }));
    const names = (index: string, value: string) => store.byIndex(index, value).map((object) => object.metadata.name);
    assert.deepEqual(names('owner', 'x'), ['w1', 'w2']);
    assert.deepEqual(names('tag', 'red'), ['w1', 'w2']);
    assert.deepEqual(names('tag', 'big'), ['w1']);
    assert.deepEqual(names('owner', 'nobody'), []);
  });

  it('moves an object that changes its value, and forgets one that is deleted', () => {
    const store = createStore<Widget>({ indexes });
    store.set(widget('w', '1', { owner: 'x' }));
    store.set(widget('w', '2', { owner: 'y' }));
    assert.equal(store.byIndex('owner', 'x').length, 0);
    assert.equal(store.byIndex('owner', 'y').length, 1);
    store.delete('a/w');
    assert.equal(store.byIndex('owner', 'y').length, 0);
  });

  it('refuses an index that was not declared', () => {
    assert.throws(() => createStore<Widget>({ indexes }).byIndex('onwer', 'x'), { code: 'Unknown', message: /onwer/ });
  });

  it('stays whole when an index function throws', () => {
    const store = createStore<Widget>({
      indexes: {
        owner: indexes.owner,
        bad(object) {
          if (object.spec?.size === 13) throw new Error('unlucky');
          return [];
        },
      },
    });
    store.set(widget('w', '1', { owner: 'x' }));
    assert.throws(() => store.set(widget('w', '2', { owner: 'y', size: 13 })), /unlucky/);
    assert.equal(store.get('a/w')?.metadata.resourceVersion, '1');
    assert.equal(store.byIndex('owner', 'x').length, 1);
    assert.equal(store.byIndex('owner', 'y').length, 0);
  });

  it('holds once what an object has in common with the one before, and with the version that it replaces', () => {
    const store = createStore<Widget>();
    const parsed = (name: string, version: string, size: number): Widget =>
      JSON.parse(JSON.stringify(widget(name, version, { tags: ['red', 'blue'], size })));
    const v = store.set(parsed('v', '1', 1));
    const w = store.set(parsed('w', '2', 2));
    assert.equal(w.spec?.tags, v.spec?.tags);
    assert.deepEqual(w, widget('w', '2', { tags: ['red', 'blue'], size: 2 }));
    assert.equal(store.set(parsed('v', '3', 1)).spec, v.spec);
    assert.deepEqual(store.get('a/v'), widget('v', '3', { tags: ['red', 'blue'], size: 1 }));
  });

  it('has indexes that agree with a search, after any sequence of changes', () => {
    const name = fc.constantFrom('w1', 'w2', 'w3', 'w4');
    const tags = fc.uniqueArray(fc.constantFrom('red', 'green', 'blue'));
    const step = fc.oneof(fc.record({ set: name, tags }), fc.record({ remove: name }));
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const store = createStore<Widget>({ indexes });
        for (const [i, change] of steps.entries()) {
          if ('set' in change) store.set(widget(change.set, String(i + 1), { tags: change.tags }));
          else store.delete(`a/${change.remove}`);
        }
        for (const tag of ['red', 'green', 'blue']) {
          const searched = store.list().filter((object) => object.spec?.tags?.includes(tag));
          assert.deepEqual(store.byIndex('tag', tag).map(keyOf).sort(), searched.map(keyOf).sort());
        }
      }),
    );
  });
});
