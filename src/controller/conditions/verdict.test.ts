import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ConditionVerdict, firstOf, type Policy } from './verdict.ts';

const saying = (reason: string): ConditionVerdict => ({ status: 'False', reason, message: reason });
const silent: Policy<number> = () => undefined;

test('the first policy that speaks decides, and the ones after it are not asked', () => {
  const asked: string[] = [];
  const policy =
    (name: string, answer: ConditionVerdict | undefined): Policy<number> =>
    () => {
      asked.push(name);
      return answer;
    };
  const chain = [policy('a', undefined), policy('b', saying('b')), policy('c', saying('c'))];
  assert.deepEqual(
    firstOf(1, chain, () => saying('otherwise')),
    saying('b'),
  );
  assert.deepEqual(asked, ['a', 'b']);
});

test('when none speaks, the last word is spoken, of the same input', () => {
  assert.deepEqual(
    firstOf(7, [silent, silent], (input) => saying(String(input))),
    saying('7'),
  );
});

test('no policies, no objections', () => {
  assert.deepEqual(
    firstOf(7, [], () => saying('otherwise')),
    saying('otherwise'),
  );
});
