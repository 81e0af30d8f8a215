import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * An empty directory that goes away with the test.
 *
 * @param test whose end removes it: a test's context, or whatever calls what it is given
 */
export async function temporaryDirectory(test: { after(remove: () => Promise<void>): void }): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'smooth-operator-test-'));
  test.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}
