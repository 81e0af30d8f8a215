import assert from 'node:assert/strict';
import { test } from 'node:test';
import { platformsIn } from './platforms.ts';

test('machines are named as docker buildx names them', () => {
  assert.deepEqual(platformsIn('linux/amd64,linux/arm64'), ['amd64', 'arm64']);
  assert.deepEqual(platformsIn('linux/arm64'), ['arm64']);
  assert.deepEqual(platformsIn('arm64, amd64'), ['amd64', 'arm64']);
});

test('the order does not matter, and neither does naming one twice: the digest is the same', () => {
  assert.deepEqual(platformsIn('linux/arm64,linux/amd64,linux/arm64'), ['amd64', 'arm64']);
});

test('nothing said is nothing', () => {
  assert.equal(platformsIn(undefined), undefined);
  assert.equal(platformsIn(''), undefined);
});

test('one that no image can be built for is refused, with what can', () => {
  for (const text of ['linux/s390x', 'windows/amd64', 'linux/amd64,', 'linux/arm/v7']) {
    assert.throws(
      () => platformsIn(text),
      { code: 'BadReference', message: /write linux\/amd64, linux\/arm64 or/ },
      text,
    );
  }
});
