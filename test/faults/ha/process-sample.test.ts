import assert from 'node:assert/strict';
import { openSync } from 'node:fs';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { type ProcessSample, sampleOf, trendsOf } from './process-sample.ts';

const samples = (count: number, of: (index: number) => Partial<ProcessSample>): ProcessSample[] =>
  Array.from({ length: count }, (_, index) => ({ rssMiB: 100, descriptors: 30, sockets: 10, ...of(index) }));
const unsteady = (all: readonly ProcessSample[]) =>
  trendsOf(all)
    .filter(({ flat }) => !flat)
    .map(({ name }) => name);

test('a process that fills its caches and then stays as it is is flat', () => {
  assert.deepEqual(unsteady(samples(30, (index) => ({ rssMiB: Math.min(150, 100 + index * 8) }))), []);
});

test('so is one that goes up and down', () => {
  assert.deepEqual(
    unsteady(samples(30, (index) => ({ rssMiB: 100 + (index % 4) * 10, sockets: 8 + (index % 5) }))),
    [],
  );
});

for (const [name, step] of [
  ['rssMiB', 1],
  ['descriptors', 0.5],
  ['sockets', 0.5],
] as const) {
  test(`a leak of ${name} is seen`, () => {
    const of = (index: number) => ({ [name]: 30 + Math.floor(index * step) });
    assert.deepEqual(unsteady(samples(60, of)), [name]);
  });
}

test('too few samples are an error, not a verdict', () => {
  assert.throws(() => trendsOf(samples(8, () => ({}))), RangeError);
});

test('a real process: an open file is a descriptor, and a listening server a socket', async (t) => {
  const before = await sampleOf(process.pid);
  assert.ok(before.rssMiB > 10);
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  openSync('/dev/null', 'r');
  const after = await sampleOf(process.pid);
  assert.equal(after.sockets, before.sockets + 1);
  assert.ok(after.descriptors >= before.descriptors + 2);
});

test('a process that is gone is an error', async () => {
  await assert.rejects(sampleOf(2 ** 22 + 1), /ENOENT/);
});
