import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { conditionReference } from './condition-reference.ts';
import { repositoryRoot } from './generated-file.ts';

/** docs/troubleshooting.md has every reason that a condition can have, and no other. */

const text = await readFile(join(repositoryRoot, 'docs', 'troubleshooting.md'), 'utf8');

/** The sections by their headings. */
const sections = new Map(
  text
    .split(/^### /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section] as const),
);

/** Reasons that say that something is wrong or not yet known, with the conditions that they stand in. */
const reasons = new Map<string, string[]>();
for (const { type, reasons: all } of conditionReference) {
  for (const { reason, meaning } of all) {
    if (!meaning.startsWith('True')) reasons.set(reason, [...(reasons.get(reason) ?? []), type]);
  }
}

test('every reason has a section, and every section is a reason', () => {
  assert.deepEqual([...sections.keys()].sort(), [...reasons.keys()].sort());
});

for (const [reason, types] of reasons) {
  test(`${reason} says that it stands in ${types.join(' and ')}, and what to do`, () => {
    const section = sections.get(reason) ?? '';
    for (const type of types) assert.ok(section.includes(`\`${type}\``), `${type} is not named`);
    assert.ok(section.length > reason.length + 40, 'it says nothing');
  });
}
