import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { errnoOf } from './errno.ts';

describe('errnoOf', () => {
  it('reads the errno name of a system error of files', async () => {
    const missing = await readFile('/does/not/exist').catch((thrown: unknown) => thrown);
    assert.equal(errnoOf(missing), 'ENOENT');
  });

  it('reads the errno name of a system error of sockets', async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    connect(1, '127.0.0.1').once('error', resolve);
    assert.equal(errnoOf(await promise), 'ECONNREFUSED');
  });

  it("is undefined for Node's own codes, which are not errnos", () => {
    assert.equal(errnoOf(Object.assign(new Error('x'), { code: 'ERR_INVALID_ARG_TYPE' })), undefined);
    assert.equal(errnoOf(Object.assign(new Error('number'), { code: 7 })), undefined);
  });

  it('is undefined for what has no code', () => {
    for (const value of [new Error('x'), undefined, null, 'ENOENT', { code: 'ENOENT' }]) {
      assert.equal(errnoOf(value), undefined);
    }
  });
});
