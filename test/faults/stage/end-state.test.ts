import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeDifference, differencesOf } from './differences.ts';
import { endStateOf, type Objects, type StoredObject } from './end-state.ts';

const server: StoredObject = {
  metadata: { name: 'weather', uid: 'u1', generation: 3 },
  spec: { image: 'a:1' },
  status: { observedGeneration: 3, url: 'http://weather.team-1.svc', message: 'Pod weather-x1 waits.' },
};

function child(uid: string, more: object = {}): StoredObject {
  const owner = { kind: 'MCPServer', name: 'weather', uid };
  return { metadata: { name: 'weather', uid: 'u2', ownerReferences: [owner], ...more }, spec: { replicas: 1 } };
}

function pod(name: string, ready = 'True'): StoredObject {
  return {
    metadata: { name, uid: name, labels: { 'mcp.mcp.dev/server': 'weather', 'pod-template-hash': 'abc' } },
    spec: { containers: [{ image: 'a:1' }] },
    status: { conditions: [{ type: 'Ready', status: ready }] },
  };
}

const objects = (more: Partial<Objects> = {}): Objects => ({
  MCPServer: [server],
  Deployment: [child('u1')],
  Service: [],
  Pod: [pod('weather-x1')],
  ...more,
});
const stateOf = (more: Partial<Objects> = {}) => endStateOf(objects(more), 'team-1');

describe('an end state', () => {
  test('is the same for two runs that differ in names by chance, uids, versions and times alone', () => {
    const other = JSON.parse(
      JSON.stringify(objects()).replaceAll('weather-x1', 'weather-z9').replaceAll('team-1', 'team-2'),
    );
    const moved = {
      ...other,
      Deployment: [child('u1', { resourceVersion: '77', creationTimestamp: 'later', uid: 'u9' })],
    } as Objects;
    assert.deepEqual(endStateOf(moved, 'team-2'), stateOf());
  });

  test('is the same whichever hash the template has got, and not the same with pods of two templates', () => {
    const from = (hashes: readonly string[], collisions: object) => {
      const pods = hashes.map((hash, index) => {
        const made = pod(`weather-${hash}-${index}`);
        return { ...made, metadata: { ...made.metadata, labels: { 'pod-template-hash': hash } } };
      });
      const status = { ...collisions, message: `ReplicaSet "weather-${hashes[0]}" has successfully progressed.` };
      return stateOf({ Deployment: [{ ...child('u1'), status }], Pod: pods });
    };
    assert.deepEqual(from(['abc', 'abc'], { collisionCount: 1 }), from(['xyz', 'xyz'], {}));
    assert.equal(differencesOf(from(['abc', 'abc'], {}), from(['abc', 'xyz'], {})).length, 1);
  });

  test('is the same whichever ReplicaSet a condition was written for', () => {
    const from = (hash: string) => {
      const status = { message: `ReplicaSet "weather-${hash}" has successfully progressed.` };
      return stateOf({ Deployment: [{ ...child('u1'), status }] });
    };
    assert.deepEqual(from('abc'), from('7d9f'), 'that of the pods, and one whose pods are gone');
  });

  test('is the same in whatever order conditions were written, and not with another order of arguments', () => {
    const from = (types: readonly string[], args: readonly string[]) =>
      stateOf({
        Deployment: [{ ...child('u1'), spec: { args }, status: { conditions: types.map((type) => ({ type })) } }],
      });
    assert.deepEqual(from(['Available', 'Progressing'], ['a', 'b']), from(['Progressing', 'Available'], ['a', 'b']));
    assert.equal(differencesOf(from([], ['a', 'b']), from([], ['b', 'a'])).length, 2);
  });

  test('counts generations from the one that was observed', () => {
    const behind = { ...server, metadata: { ...server.metadata, generation: 4 } };
    const ahead = {
      ...server,
      metadata: { ...server.metadata, generation: 9 },
      status: { ...Object(server.status), observedGeneration: 9 },
    };
    assert.equal(differencesOf(stateOf(), stateOf({ MCPServer: [ahead] })).length, 0);
    assert.equal(differencesOf(stateOf(), stateOf({ MCPServer: [behind] })).length, 1);
  });

  test('names owners, and marks one that is not there any more', () => {
    const [difference] = differencesOf(stateOf(), stateOf({ Deployment: [child('u0')] }));
    assert.equal(difference?.found, 'MCPServer/weather of the past');
  });

  test('tells pods by what they are', () => {
    const states = [
      [pod('weather-a1'), pod('weather-b2', 'False')],
      [pod('weather-b2', 'False'), pod('weather-a1')],
      [pod('weather-c3', 'False'), pod('weather-d4')],
    ];
    const [first, second, third] = states.map((Pod) => stateOf({ Pod, MCPServer: [] }));
    assert.deepEqual(first, second);
    assert.deepEqual(first, third);
    assert.notDeepEqual(first, stateOf({ Pod: [pod('weather-a1'), pod('weather-b2')], MCPServer: [] }));
  });
});

describe('differences', () => {
  test('are told leaf by leaf, with both values', () => {
    const texts = differencesOf({ 'A/x': { a: 1, b: [1, 2] } }, { 'A/x': { a: 2, b: [1, 3] } }).map(describeDifference);
    assert.deepEqual(texts, ['A/x a is 2 and should be 1', 'A/x b.1 is 3 and should be 2']);
  });

  test('can be masked by their place', () => {
    assert.deepEqual(differencesOf({ 'A/x': { a: 1 } }, { 'A/x': { a: 2 } }, new Set(['A/x a'])), []);
  });

  test('of a long value are cut', () => {
    const [difference] = differencesOf({}, { 'A/x': { text: 'long'.repeat(1_000) } });
    assert.ok(difference !== undefined && describeDifference(difference).length < 300);
  });
});
