import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { ImageError } from './image-error.ts';

const thrownBy = async (work: () => Promise<unknown>): Promise<unknown> => {
  try {
    await work();
  } catch (thrown) {
    return thrown;
  }
  return undefined;
};

describe('ImageError.from', () => {
  it('returns an ImageError as it is', () => {
    const error = new ImageError('BadEntry', 'no');
    assert.equal(ImageError.from(error), error);
  });

  it('calls a system error Io and keeps it as the cause', async () => {
    const thrown = await thrownBy(() => readFile('/does/not/exist'));
    const error = ImageError.from(thrown);
    assert.equal(error.code, 'Io');
    assert.match(error.message, /\/does\/not\/exist/);
    assert.equal(error.cause, thrown);
  });

  it('tells our own giving up from a failure', async () => {
    const signal = AbortSignal.abort();
    const error = ImageError.from(await thrownBy(() => readFile(import.meta.filename, { signal })));
    assert.equal(error.code, 'Aborted');
  });

  it('does not call a programming mistake an I/O error', () => {
    assert.equal(ImageError.from(new TypeError('x is not a function')).code, 'Unknown');
  });

  it('takes what is not an error at all', () => {
    const error = ImageError.from('boom');
    assert.equal(error.code, 'Unknown');
    assert.equal(error.message, 'boom');
  });

  it('has its name, so that a log shows the layer', () => {
    assert.equal(String(new ImageError('Io', 'disk full')), 'ImageError: disk full');
  });
});
