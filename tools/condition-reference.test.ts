import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { conditionReference } from './condition-reference.ts';

const controller = join(import.meta.dirname, '..', 'src', 'controller');

/** Reasons of events, which are not conditions. */
const announced = ['Restored', 'Adopted', 'Recovered'];

async function reasonsInTheCode(): Promise<Set<string>> {
  const files = await readdir(controller, { recursive: true });
  const sources = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const texts = await Promise.all(sources.map((file) => readFile(join(controller, file), 'utf8')));
  const reasons = texts.flatMap((text) => [...text.matchAll(/reason: '([A-Z]\w+)'/g)].map(([, reason = '']) => reason));
  return new Set(reasons.filter((reason) => !announced.includes(reason)));
}

const listed = new Set(conditionReference.flatMap(({ reasons }) => reasons.map(({ reason }) => reason)));

test('every reason in the code is in the reference', async () => {
  const missing = [...(await reasonsInTheCode())].filter((reason) => !listed.has(reason));
  assert.deepEqual(missing, []);
});

test('a reason that the code no longer has is not in the reference', async () => {
  // These are the kubelet's and the API server's words, or chosen by a table.
  const others = new Set([
    'OOMKilled',
    'CrashLoopBackOff',
    'CreateContainerConfigError',
    'ImagePullBackOff',
    'Refused',
    'PodFailed',
  ]);
  const code = await reasonsInTheCode();
  assert.deepEqual(
    [...listed].filter((reason) => !code.has(reason) && !others.has(reason)),
    [],
  );
});

test('no condition lists a reason twice, and every meaning is a sentence', () => {
  for (const { type, reasons } of conditionReference) {
    assert.equal(new Set(reasons.map(({ reason }) => reason)).size, reasons.length, type);
    for (const { reason, meaning } of reasons) assert.match(meaning, /\.$/, reason);
  }
});
