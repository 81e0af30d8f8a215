import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { diagnose, literal, matches, patternRule, shown } from './cel.ts';

/** These make CEL source text; what the text does is tested on an API server, in test/integration/crd-*.test.ts. */

describe('literal', () => {
  const rows: Readonly<Record<string, readonly [given: string, want: string]>> = {
    'plain text': ['abc', '"abc"'],
    nothing: ['', '""'],
    'a double quote': ['say "hi"', '"say \\"hi\\""'],
    'a lone quote': ['"', '"\\""'],
    'a single quote stays': ["labels['KEY']", '"labels[\'KEY\']"'],
    'a backslash': ['a\\b', '"a\\\\b"'],
    'a backslash before a quote': ['\\"', '"\\\\\\""'],
    'a line break': ['a\nb', '"a\\nb"'],
  };
  for (const [what, [given, want]] of Object.entries(rows)) {
    test(what, () => assert.equal(literal(given), want));
  }

  test('JSON reads most of it back: the escapes are the same', () => {
    for (const text of ['', 'a"b', 'a\\b', 'a\nb', '\\n', '"\\"']) assert.equal(JSON.parse(literal(text)), text);
  });
});

describe('matches', () => {
  test('anchors the whole pattern, alternatives included', () => {
    assert.equal(matches('self', 'a|b'), "self.matches(r'^(?:a|b)$')");
  });

  test('keeps backslashes as they are', () => {
    assert.equal(matches('self.name', '\\.x'), "self.name.matches(r'^(?:\\.x)$')");
  });

  test('refuses what would end the literal', () => {
    assert.throws(() => matches('self', "labels\\['x'\\]"), /single quote: write \\x27/);
  });
});

describe('shown', () => {
  test('quotes the value and keeps it on one line', () => {
    assert.equal(shown(), '"\\"" + self.replace("\\n", "\\\\n") + "\\""');
  });

  test('takes any expression', () => {
    assert.match(shown('string(self)'), /^"\\"" \+ string\(self\)\.replace/);
  });
});

describe('patternRule', () => {
  const rule = patternRule('/.*', 'is not a path', 'start with "/"');

  test('tests the whole value', () => {
    assert.equal(rule.rule, "self.matches(r'^(?:/.*)$')");
  });

  test('the message of the docs is the fix alone', () => {
    assert.equal(rule.message, 'start with "/"');
  });

  test('the message of a refusal has value, fault and fix, in that order', () => {
    assert.equal(rule.messageExpression, `${shown()} + " is not a path: start with \\"/\\""`);
  });
});

describe('diagnose', () => {
  test('without a diagnosis, the rest', () => {
    assert.equal(diagnose([], '"rest"'), '"rest"');
  });

  test('asks in the order given, and nests the rest in brackets', () => {
    const diagnoses = [
      { when: 'a', message: '"A"' },
      { when: 'b', message: '"B"' },
    ];
    assert.equal(diagnose(diagnoses, '"rest"'), 'a ? "A" : (b ? "B" : ("rest"))');
  });
});
