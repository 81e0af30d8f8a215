import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { pythonImage } from './python-image.ts';
import { emptyPath, isMissingTool } from './test-support.ts';

describe('pythonImage', () => {
  it('says what to do without Python, before anything is copied', async (t) => {
    emptyPath(t);
    const said: string[] = [];
    const progress = (line: string) => said.push(line);
    const context = { architecture: 'amd64', cacheDir: await temporaryDirectory(t), progress } as const;
    await assert.rejects(pythonImage('v2')(context), isMissingTool(/^python3 is not installed: .*sdk-python/));
    assert.deepEqual(said, []);
  });
});
