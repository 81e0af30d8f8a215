import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ImageError } from './image-error.ts';
import { parseReference } from './reference.ts';

describe('parseReference', () => {
  const accepted: readonly [text: string, familiar: string, canonical: string][] = [
    ['smooth-operator/pause:dev', 'smooth-operator/pause:dev', 'docker.io/smooth-operator/pause:dev'],
    ['busybox', 'busybox:latest', 'docker.io/library/busybox:latest'],
    ['busybox:1.36', 'busybox:1.36', 'docker.io/library/busybox:1.36'],
    ['team/app', 'team/app:latest', 'docker.io/team/app:latest'],
    ['localhost/app:v1', 'localhost/app:v1', 'localhost/app:v1'],
    ['localhost:5000/app', 'localhost:5000/app:latest', 'localhost:5000/app:latest'],
    ['registry.example/team/app:v1', 'registry.example/team/app:v1', 'registry.example/team/app:v1'],
    ['registry.example:5000/a/b/c:v1', 'registry.example:5000/a/b/c:v1', 'registry.example:5000/a/b/c:v1'],
    ['docker.io/app:v1', 'docker.io/app:v1', 'docker.io/library/app:v1'],
    ['a-b__c/d.e:_X-1.y', 'a-b__c/d.e:_X-1.y', 'docker.io/a-b__c/d.e:_X-1.y'],
  ];
  for (const [text, familiar, canonical] of accepted) {
    it(`reads ${text}`, () => assert.deepEqual(parseReference(text), { familiar, canonical }));
  }

  const refused: readonly [text: string, says: RegExp][] = [
    ['', /repository name/],
    [' ', /repository name/],
    ['App', /"App" is not a repository name: lower-case/],
    ['team/App:v1', /"team\/App"/],
    ['app:', /the tag ""/],
    ['app:v 1', /the tag "v 1"/],
    [`app:${'x'.repeat(129)}`, /the tag/],
    ['app:v1\n', /the tag/],
    ['/app', /repository name/],
    ['app/', /repository name/],
    ['a//b', /repository name/],
    ['a.b__c/d', /"a\.b__c" is not a registry host/],
    ['-host.example/app', /registry host/],
    ['host.example:x/app', /registry host/],
    ['a..b', /repository name/],
    ['a_-b', /repository name/],
    ['x'.repeat(256), /repository name/],
    [`app@sha256:${'0'.repeat(64)}`, /digest; use a tag/],
  ];
  for (const [text, says] of refused) {
    it(`refuses ${JSON.stringify(text).slice(0, 40)}`, () => {
      assert.throws(
        () => parseReference(text),
        (thrown) => thrown instanceof ImageError && thrown.code === 'BadReference' && says.test(thrown.message),
      );
    });
  }

  it('quotes what it refuses, so that a space or a line end can be seen', () => {
    assert.throws(() => parseReference('a b\n'), /image reference "a b\\n"/);
  });

  it('is settled: what it spells out reads as itself', () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,8}([._-][a-z0-9]{1,4})?$/);
    const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/);
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), fc.option(tag), (parts, version) => {
        const text = parts.join('/') + (version === null ? '' : `:${version}`);
        const once = parseReference(text);
        assert.deepEqual(parseReference(once.familiar), once);
        assert.equal(parseReference(once.canonical).canonical, once.canonical);
      }),
    );
  });
});
