import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ClusterError } from '../cluster/cluster-error.ts';
import { ImageError } from '../images/image-error.ts';
import { exitWith, imageArgument } from './image-argument.ts';

const isBad = (says: RegExp) => (thrown: unknown) =>
  thrown instanceof ImageError && thrown.code === 'BadReference' && says.test(thrown.message);

describe('imageArgument', () => {
  it('is the argument', () => assert.equal(imageArgument(['team/op:v1'], {}), 'team/op:v1'));
  it('is IMG, which make passes on', () => assert.equal(imageArgument([], { IMG: 'team/op:v1' }), 'team/op:v1'));
  it('prefers the argument', () => assert.equal(imageArgument(['a/b:1'], { IMG: 'c/d:2' }), 'a/b:1'));
  it('adds the tag that is meant', () => assert.equal(imageArgument(['team/op'], {}), 'team/op:latest'));

  it('says what to add when there is none', () => {
    assert.throws(() => imageArgument([], {}), isBad(/add IMG=/));
    assert.throws(() => imageArgument([], { IMG: '' }), isBad(/add IMG=/));
  });

  it('refuses two', () =>
    assert.throws(() => imageArgument(['a', 'b'], {}), isBad(/one image is expected, not 2: a b/)));
  it('refuses a malformed one', () => assert.throws(() => imageArgument(['A/B'], {}), isBad(/"A\/B"/)));
});

describe('exitWith', () => {
  const said: string[] = [];
  let error: typeof console.error;
  before(() => {
    error = console.error;
    console.error = (line: string) => said.push(line);
  });
  after(() => {
    console.error = error;
  });
  const outcome = async (command: () => Promise<void>) => {
    said.length = 0;
    await exitWith(command);
    const code = process.exitCode;
    // The test process' own.
    process.exitCode = undefined;
    return { code, said: said.join('\n') };
  };

  it('leaves the exit code alone when all went well', async () => {
    assert.deepEqual(await outcome(async () => undefined), { code: undefined, said: '' });
  });

  it('tells an image error in its own words', async () => {
    const result = await outcome(() => Promise.reject(new ImageError('ToolMissing', 'go is not installed')));
    assert.deepEqual(result, { code: 1, said: 'error: go is not installed' });
  });

  it('tells a cluster error with its fix', async () => {
    const thrown = new ClusterError('NotRunning', 'the cluster is not up', { fix: 'start it: npm run cluster-up' });
    const result = await outcome(() => Promise.reject(thrown));
    assert.equal(result.code, 1);
    assert.match(result.said, /the cluster is not up/);
    assert.match(result.said, /npm run cluster-up/);
  });

  it('is 2 for a wrong name', async () => {
    assert.equal((await outcome(async () => void imageArgument([], {}))).code, 2);
  });
});
