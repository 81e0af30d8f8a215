import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  addressFlag,
  booleanFlag,
  checkNamespace,
  choiceFlag,
  type Flag,
  integerFlag,
  listFlag,
  textFlag,
} from './flag-types.ts';

/** One test a row: the text, and the value or the complaint that it gives. */
function testRows<T>(
  flag: Flag<T>,
  accepted: readonly (readonly [string, T])[],
  refused: Readonly<Record<string, RegExp>>,
) {
  for (const [text, value] of accepted) {
    test(`${JSON.stringify(text)} is ${JSON.stringify(value)}`, () => assert.deepEqual(flag.parse(text), { value }));
  }
  for (const [text, complaint] of Object.entries(refused)) {
    test(`${JSON.stringify(text)} is refused`, () => {
      const parsed = flag.parse(text);
      assert.ok('wrong' in parsed, `accepted as ${JSON.stringify(parsed)}`);
      assert.match(parsed.wrong, complaint);
    });
  }
  test('the example is accepted', () => assert.ok('value' in flag.parse(flag.example)));
}

describe('integer flag', () => {
  const complaint = /^must be a whole number from 1 to 1000$/;
  testRows(
    integerFlag({ description: 'd', default: 16, min: 1, max: 1_000 }),
    [
      ['1', 1],
      ['16', 16],
      ['1000', 1_000],
    ],
    {
      '0': complaint,
      '1001': complaint,
      '-1': complaint,
      '1.5': complaint,
      '1e2': complaint,
      '0x10': complaint,
      ' 5': complaint,
      '': complaint,
      many: complaint,
      '99999999999999999999': complaint,
    },
  );
});

describe('boolean flag', () => {
  const complaint = /^must be true or false$/;
  testRows(
    booleanFlag({ description: 'd', default: false }),
    [
      ['true', true],
      ['false', false],
      ['TRUE', true],
      ['False', false],
      ['1', true],
      ['0', false],
    ],
    { yes: complaint, on: complaint, '': complaint, ' true': complaint },
  );
});

describe('choice flag', () => {
  const complaint = /^must be one of debug, info, warn, error$/;
  testRows(
    choiceFlag({ description: 'd', choices: ['debug', 'info', 'warn', 'error'], default: 'info' }),
    [
      ['debug', 'debug'],
      ['ERROR', 'error'],
    ],
    { loud: complaint, '': complaint, 'debug,info': complaint },
  );
});

describe('text flag', () => {
  testRows(
    textFlag({ description: 'd', placeholder: 'file', example: '/a/b' }),
    [
      ['/a/b', '/a/b'],
      ['a b', 'a b'],
    ],
    { '': /^must not be empty$/ },
  );
});

describe('address flag', () => {
  const complaint = /^must be an address such as :8080, 127\.0\.0\.1:8080 or \[::1\]:8080, or 0 for none$/;
  testRows(
    addressFlag({ description: 'd', default: ':8080' }),
    [
      [':8080', { host: undefined, port: 8080 }],
      ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
      ['0', 'disabled'],
    ],
    { abc: complaint, '8080': complaint, ':99999': complaint, '': complaint },
  );

  test('shows its default as it is written', () => {
    assert.equal(addressFlag({ description: 'd', default: ':8080' }).shown, ':8080');
    assert.equal(addressFlag({ description: 'd', default: '0' }).shown, '0');
  });

  test('a default that is none is found when the program starts', () => {
    assert.throws(() => addressFlag({ description: 'd', default: 'abc' }), /default "abc" is not an address/);
  });
});

describe('list flag', () => {
  const list = (check?: (item: string) => string | undefined) =>
    listFlag({ description: 'd', placeholder: 'names', example: 'a,b', shown: 'all', ...(check ? { check } : {}) });
  testRows(
    list(checkNamespace),
    [
      ['a', ['a']],
      ['a,b', ['a', 'b']],
      [' a , b ', ['a', 'b']],
      ['a,a,b,a', ['a', 'b']],
      ['a,,b,', ['a', 'b']],
      ['', []],
    ],
    { Bad_Name: /^"Bad_Name" must be the name of a namespace: at most 63/, 'good,bad.name': /^"bad\.name" must be/ },
  );

  test('takes anything without a check', () => {
    assert.deepEqual(list().parse('A_b,c.d'), { value: ['A_b', 'c.d'] });
  });
});

describe('name of a namespace', () => {
  for (const name of ['a', 'default', 'kube-system', '1', 'team-1', 'a'.repeat(63)]) {
    test(`${name} is one`, () => assert.equal(checkNamespace(name), undefined));
  }
  for (const name of ['', 'A', 'a_b', 'a.b', '-a', 'a-', 'ä', 'a b', 'a/b', '*', 'a'.repeat(64)]) {
    test(`${JSON.stringify(name)} is none`, () => assert.match(checkNamespace(name) ?? '', /^must be the name/));
  }
});
