import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTokens, type Token } from './tokens.ts';

/** Tokens over a reader that a test answers by hand. */
function tokensWith(...answers: readonly (Token | undefined | Error)[]) {
  const reads: string[] = [];
  const tokens = createTokens(async (server) => {
    const answer = answers[reads.length];
    reads.push(server);
    if (answer instanceof Error) throw answer;
    return answer;
  });
  return { tokens, reads };
}

describe('a token', () => {
  it('is read once for all probes of all pods', async () => {
    const { tokens, reads } = tokensWith('s3cret');
    const both = await Promise.all([tokens.of('ns/a', 'v1'), tokens.of('ns/a', 'v1')]);
    assert.deepEqual(both, ['s3cret', 's3cret']);
    assert.equal(await tokens.of('ns/a', 'v1'), 's3cret');
    assert.deepEqual(reads, ['ns/a']);
  });

  it('is read again when the credentials have changed', async () => {
    const { tokens, reads } = tokensWith('old', 'new');
    assert.equal(await tokens.of('ns/a', 'v1'), 'old');
    assert.equal(await tokens.of('ns/a', 'v2'), 'new');
    assert.equal(await tokens.of('ns/a', 'v2'), 'new');
    assert.equal(reads.length, 2);
  });

  it('is each server’s own', async () => {
    const { tokens } = tokensWith('one', 'two');
    assert.deepEqual([await tokens.of('ns/a', 'v1'), await tokens.of('ns/b', 'v1')], ['one', 'two']);
    assert.equal(await tokens.of('ns/a', 'v1'), 'one');
  });

  it('that cannot be read is tried again the next time', async () => {
    const { tokens, reads } = tokensWith(new Error('503'), 'there');
    await assert.rejects(tokens.of('ns/a', 'v1'), /503/);
    assert.equal(await tokens.of('ns/a', 'v1'), 'there');
    assert.equal(reads.length, 2);
  });

  it('that is not there is looked for again the next time', async () => {
    const { tokens } = tokensWith(undefined, 'there');
    assert.equal(await tokens.of('ns/a', 'v1'), undefined);
    assert.equal(await tokens.of('ns/a', 'v1'), 'there');
  });

  it('whose key is missing is not looked for again: a Secret that changes is another credential', async () => {
    const none = { missing: 'Secret login has no key token' };
    const { tokens, reads } = tokensWith(none, 'there');
    for (const _ of [1, 2, 3]) assert.equal(await tokens.of('ns/a', 'v1'), none);
    assert.equal(reads.length, 1);
    assert.equal(await tokens.of('ns/a', 'v2'), 'there');
  });

  it('that was forgotten is read again', async () => {
    const { tokens, reads } = tokensWith('a', 'b');
    await tokens.of('ns/a', 'v1');
    tokens.forget('ns/a');
    assert.equal(await tokens.of('ns/a', 'v1'), 'b');
    assert.equal(reads.length, 2);
  });

  it('whose reading fails late does not take the newer one with it', async () => {
    const ends: ((token: Token) => void)[] = [];
    const fails: ((error: Error) => void)[] = [];
    const tokens = createTokens(
      () =>
        new Promise((resolve, reject) => {
          ends.push(resolve);
          fails.push(reject);
        }),
    );
    const old = tokens.of('ns/a', 'v1');
    const now = tokens.of('ns/a', 'v2');
    fails[0]?.(new Error('gone'));
    await assert.rejects(old, /gone/);
    ends[1]?.('new');
    assert.equal(await now, 'new');
    assert.equal(await tokens.of('ns/a', 'v2'), 'new');
    assert.equal(ends.length, 2);
  });
});
