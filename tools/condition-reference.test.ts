import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { conditionReference } from './condition-reference.ts';

const controller = join(import.meta.dirname, '..', 'src', 'controller');

/** Reasons of events, which are not conditions. */
const announced = ['Restored', 'Adopted', 'Recovered', 'HealthSwitched', 'ToolsChanged'];

async function reasonsInTheCode(): Promise<Set<string>> {
  const files = await readdir(controller, { recursive: true });
  const sources = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const texts = await Promise.all(sources.map((file) => readFile(join(controller, file), 'utf8')));
  const reasons = texts.flatMap((text) => [...text.matchAll(/reason: '([A-Z]\w+)'/g)].map(([, reason = '']) => reason));
  return new Set(reasons.filter((reason) => !announced.includes(reason)));
}

/** What a handshake can come to, as far as it says something about a server. */
async function verdictsInTheCode(): Promise<readonly string[]> {
  const text = await readFile(join(controller, '..', 'mcp', 'mcp-error.ts'), 'utf8');
  const codes = [...text.matchAll(/^ {2}\| '(\w+)'/gm)].map(([, code = '']) => code);
  const notShown = ['Aborted'];
  return codes.filter((code) => !notShown.includes(code));
}

const listed = new Set(conditionReference.flatMap(({ reasons }) => reasons.map(({ reason }) => reason)));

test('every reason in the code is in the reference', async () => {
  const missing = [...(await reasonsInTheCode())].filter((reason) => !listed.has(reason));
  assert.deepEqual(missing, []);
});

test('every verdict of a handshake is a reason of Verified', async () => {
  const reasons = conditionReference.find(({ type }) => type === 'Verified')?.reasons.map(({ reason }) => reason) ?? [];
  const verdicts = await verdictsInTheCode();
  assert.ok(verdicts.length > 10);
  assert.deepEqual(
    verdicts.filter((verdict) => !reasons.includes(verdict)),
    [],
  );
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
    ...(await verdictsInTheCode()),
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
