import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { imageMaxLength, imagePattern, imageRules } from './image-reference.ts';

/**
 * The grammar, as a regular expression that RE2 and JavaScript read alike. The rules around it, with their messages,
 * are tested on an API server, in test/integration/crd-image.test.ts.
 */

const image = new RegExp(`^(?:${imagePattern})$`);
const hex = (length: number) =>
  fc.array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length }).map((all) => all.join(''));
const word = (letters: string, maxLength = 8) =>
  fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength }).map((all) => all.join(''));

const alphanumeric = 'abcxyz0189';
const component = fc
  .tuple(
    word(alphanumeric),
    fc.array(fc.tuple(fc.constantFrom('.', '_', '__', '-', '---'), word(alphanumeric)), { maxLength: 2 }),
  )
  .map(([first, rest]) => first + rest.map(([separator, part]) => separator + part).join(''));
const host = fc
  .tuple(
    fc.array(word('abcXYZ019'), { minLength: 1, maxLength: 3 }),
    fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
  )
  .map(([labels, port]) => labels.join('.') + (port === undefined ? '' : `:${port}`));
const tag = fc
  .tuple(word('abcXYZ019_', 1), fc.string({ unit: fc.constantFrom(...'aZ0_.-'), maxLength: 127 }))
  .map((parts) => parts.join(''));
const digest = fc.oneof(
  hex(64).map((value) => `sha256:${value}`),
  hex(96).map((value) => `sha384:${value}`),
  hex(128).map((value) => `sha512:${value}`),
);
const reference = fc
  .record({
    host: fc.option(host, { nil: undefined }),
    path: fc.array(component, { minLength: 1, maxLength: 4 }),
    tag: fc.option(tag, { nil: undefined }),
    digest: fc.option(digest, { nil: undefined }),
  })
  .map(
    (parts) =>
      (parts.host === undefined ? '' : `${parts.host}/`) +
      parts.path.join('/') +
      (parts.tag === undefined ? '' : `:${parts.tag}`) +
      (parts.digest === undefined ? '' : `@${parts.digest}`),
  );

/** The same grammar, read from left to right by hand: independent of the expression. */
function isReference(text: string): boolean {
  const at = text.indexOf('@');
  const named = at < 0 ? text : text.slice(0, at);
  if (at >= 0 && !isDigest(text.slice(at + 1))) return false;
  const colon = named.lastIndexOf(':');
  const hasTag = colon > named.lastIndexOf('/');
  if (hasTag && !isTag(named.slice(colon + 1))) return false;
  const [first = '', ...rest] = (hasTag ? named.slice(0, colon) : named).split('/');
  return rest.every(isComponent) && (isComponent(first) || (rest.length > 0 && isHost(first)));
}

const only = (text: string, letters: string) => [...text].every((letter) => letters.includes(letter));
const lower = 'abcdefghijklmnopqrstuvwxyz';
const digits = '0123456789';

function isDigest(text: string): boolean {
  const [algorithm = '', value = '', ...more] = text.split(':');
  const lengths: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };
  return more.length === 0 && value.length === lengths[algorithm] && only(value, `${digits}abcdef`);
}

function isTag(text: string): boolean {
  const inside = `${lower}${lower.toUpperCase()}${digits}_`;
  return text.length > 0 && text.length <= 128 && inside.includes(text.charAt(0)) && only(text, `${inside}.-`);
}

function isComponent(text: string): boolean {
  const inside = lower + digits;
  if (!inside.includes(text.charAt(0)) || !inside.includes(text.charAt(text.length - 1)) || text === '') return false;
  // What stands between two runs of letters is one dot, one or two underscores, or dashes alone.
  let separator = '';
  for (const letter of text) {
    if (!inside.includes(letter)) separator += letter;
    else if (separator === '' || separator === '.' || separator === '_' || separator === '__') separator = '';
    else if (only(separator, '-')) separator = '';
    else return false;
  }
  return true;
}

function isHost(text: string): boolean {
  const [name = '', port, ...more] = text.split(':');
  if (more.length > 0 || (port !== undefined && (port === '' || !only(port, digits)))) return false;
  const inside = lower + lower.toUpperCase() + digits;
  return name
    .split('.')
    .every((label) => label !== '' && only(label, `${inside}-`) && !label.startsWith('-') && !label.endsWith('-'));
}

describe('imagePattern', () => {
  test('takes every reference that the grammar makes', () => {
    fc.assert(fc.property(reference, (text) => image.test(text)));
  });

  test('agrees with a reader written by hand, on what is nearly a reference', () => {
    const letters = fc.constantFrom('a', 'b', 'Z', '0', '9', '.', '-', '_', '/', ':', '@', ' ');
    const nearly = fc.string({ unit: letters, maxLength: 12 });
    fc.assert(
      fc.property(nearly, (text) => {
        assert.equal(image.test(text), isReference(text), JSON.stringify(text));
      }),
      { numRuns: 5000 },
    );
  });

  test('agrees with it on references with one character changed', () => {
    const changed = fc
      .tuple(reference, fc.nat(), fc.constantFrom('', 'a', 'Z', '.', '-', '_', '/', ':', '@', ' ', '\n'))
      .map(([text, index, letter]) => {
        const at = index % (text.length + 1);
        return text.slice(0, at) + letter + text.slice(at + 1);
      });
    fc.assert(
      fc.property(changed, (text) => {
        assert.equal(image.test(text), isReference(text), JSON.stringify(text));
      }),
      { numRuns: 2000 },
    );
  });

  test('takes no white space anywhere', () => {
    const blank = fc.constantFrom(' ', '\t', '\n', '\r', '\u00a0');
    fc.assert(
      fc.property(reference, fc.nat(), blank, (text, index, space) => {
        const at = index % (text.length + 1);
        return !image.test(text.slice(0, at) + space + text.slice(at));
      }),
    );
  });

  test('takes an IPv6 registry, which the hand-written reader leaves out', () => {
    assert.match('[2001:db8::1]:5000/weather:1', image);
    assert.match('[::1]/weather', image);
    assert.doesNotMatch('[::1]', image);
    assert.doesNotMatch('[::g]/weather', image);
  });
});

describe('imageRules', () => {
  test('leave room for the longest reference that runtimes take', () => {
    const path = `${'p'.repeat(127)}/${'q'.repeat(127)}`;
    const longest = `${'h'.repeat(63)}.example.com:65535/${path}:${'t'.repeat(128)}@sha512:${'0'.repeat(128)}`;
    assert.match(longest, image);
    assert.ok(longest.length <= imageMaxLength);
  });

  test('each says in its message what to write instead', () => {
    for (const { message, messageExpression } of imageRules) {
      assert.match(message, /^must /);
      assert.match(messageExpression, /"image "/);
      assert.match(messageExpression, /write|name|remove/);
    }
  });

  test('each has its own message', () => {
    assert.equal(new Set(imageRules.map(({ message }) => message)).size, imageRules.length);
  });
});
