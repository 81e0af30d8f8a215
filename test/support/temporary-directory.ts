import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/**
 * An empty directory that goes away with the test.
 *
 * @param test whose end removes it
 */
export async function temporaryDirectory(test: Pick<TestContext, 'after'>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'smooth-operator-test-'));
  test.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}
