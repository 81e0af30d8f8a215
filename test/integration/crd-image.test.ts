import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { useControlPlane } from '../support/control-plane.ts';
import { manifest, readCrd, submit } from '../support/crd.ts';

/** `spec.image` at admission: every reference that a kubelet takes is accepted, every other is refused in words. */

const cluster = await useControlPlane(['etcd', 'kube-apiserver']);
let namespace: string;

before(async () => {
  await cluster.installCrd(await readCrd());
  namespace = await cluster.createNamespace();
});

const sha256 = '0123456789abcdef'.repeat(4);

describe('accepted', () => {
  const images: Readonly<Record<string, string>> = {
    'a bare name': 'weather',
    'a name with a tag': 'weather:1.2.3',
    'a tag in upper case': 'weather:RC-1_Final',
    'a tag of one character': 'weather:1',
    'a tag that starts with an underscore': 'weather:_1',
    'a tag of 128 characters': `weather:${'t'.repeat(128)}`,
    'a user and a name': 'acme/weather',
    'a registry': 'ghcr.io/acme/weather:1',
    'a registry with a port': 'registry.local:5000/weather:1',
    'localhost with a port': 'localhost:5000/weather',
    'an address with a port': '10.0.0.1:5000/weather:1',
    'an IPv6 address with a port': '[fd00::1]:5000/weather:1',
    'a registry in upper case': 'Registry.Local:5000/weather:1',
    'a deep path': 'europe-docker.pkg.dev/project-1/repo/team/sub/weather:1',
    'every separator': 'example.com/a.b/c_d/e__f/g-h/i---j:1',
    'a digest': `weather@sha256:${sha256}`,
    'a tag and a digest': `ghcr.io/acme/weather:1@sha256:${sha256}`,
    'a port, a tag and a digest': `registry.local:5000/acme/weather:1@sha256:${sha256}`,
    'a SHA-384 digest': `weather@sha384:${sha256}${sha256.slice(0, 32)}`,
    'a SHA-512 digest': `weather@sha512:${sha256}${sha256}`,
    'a name that is almost an image id': sha256.slice(1),
    'a tagged name of 64 hexadecimal digits': `acme/${sha256}:1`,
  };
  for (const [what, image] of Object.entries(images)) {
    test(what, async () => {
      const { accepted, message, object } = await submit(cluster, namespace, manifest({ image }));
      assert.ok(accepted, message);
      assert.equal(object.spec.image, image);
    });
  }
});

describe('refused', () => {
  /** Each row: the image, and what the message must say is wrong and is the fix. */
  const images: Readonly<Record<string, readonly [image: string, fault: string, fix: string]>> = {
    nothing: ['', 'is empty', 'name an image'],
    'a space inside': ['acme/my weather:1', 'has a space', 'remove it'],
    'a space before': [' weather', 'has a space', 'remove it'],
    'a space after': ['weather:1 ', 'has a space', 'remove it'],
    'only a space': [' ', 'has a space', 'remove it'],
    'a tab': ['weather\t:1', 'has a space, a tab', 'remove it'],
    'a line break inside': ['acme\nweather', 'a line break', 'remove it'],
    'a line break at the end': ['weather:1\n', 'a line break', 'remove it'],
    'a carriage return': ['weather:1\r', 'a line break', 'remove it'],
    'a URL': ['https://ghcr.io/acme/weather:1', 'is a URL', 'leave out everything up to the ://'],
    'the scheme of another tool': ['docker://ghcr.io/acme/weather', 'is a URL', 'leave out everything up to the ://'],
    'upper case in the repository': ['ghcr.io/Acme/weather:1', 'has upper case in the repository', 'lower case'],
    'upper case in a bare name': ['Weather', 'has upper case in the repository', 'lower case'],
    'an empty tag': ['weather:', 'has a malformed tag', 'write 1 to 128 letters'],
    'a tag that starts with a dash': ['weather:-1', 'has a malformed tag', 'the first not "-" or "."'],
    'a tag that starts with a dot': ['weather:.1', 'has a malformed tag', 'the first not "-" or "."'],
    'a tag of 129 characters': [`weather:${'t'.repeat(129)}`, 'has a malformed tag', 'write 1 to 128 letters'],
    'two tags': ['weather:1:2', 'has a malformed tag', 'write 1 to 128 letters'],
    'a plus in the tag': ['weather:1.0+build', 'has a malformed tag', 'write 1 to 128 letters'],
    'a short digest': ['weather@sha256:abc', 'has a malformed digest', 'sha256: and 64'],
    'a digest in upper case': [
      `weather@sha256:${sha256.toUpperCase()}`,
      'has a malformed digest',
      'lower-case hexadecimal',
    ],
    'a digest of an unknown algorithm': [`weather@md5:${sha256}`, 'has a malformed digest', 'sha256:'],
    'an @ without a digest': ['weather@', 'has a malformed digest', 'or leave both out'],
    'a digest without its algorithm': [`weather@${sha256}`, 'has a malformed digest', 'sha256:'],
    'an image id': [sha256, 'is an image id', 'write the repository'],
    'only a tag': [':1', 'is not an image reference', 'write [registry[:port]/]repository'],
    'only a digest': [`@sha256:${sha256}`, 'is not an image reference', 'write [registry[:port]/]repository'],
    'only a registry': ['ghcr.io/', 'is not an image reference', 'write [registry[:port]/]repository'],
    'a slash first': ['/weather', 'is not an image reference', 'write [registry[:port]/]repository'],
    'two slashes': ['ghcr.io//weather', 'is not an image reference', 'write [registry[:port]/]repository'],
    'a path that goes up': ['../weather', 'is not an image reference', 'write [registry[:port]/]repository'],
    'a separator at the end': ['acme/weather-', 'is not an image reference', 'write [registry[:port]/]repository'],
    'a variable that nobody replaced': [
      '$' + '{IMAGE}',
      'is not an image reference',
      'for example ghcr.io/acme/weather:1.2.3',
    ],
    quotes: ['"weather"', 'is not an image reference', 'for example ghcr.io/acme/weather:1.2.3'],
    'letters beyond ASCII': ['wétter', 'is not an image reference', 'for example ghcr.io/acme/weather:1.2.3'],
  };
  for (const [what, [image, fault, fix]] of Object.entries(images)) {
    test(what, async () => {
      const { accepted, status, message, fields } = await submit(cluster, namespace, manifest({ image }));
      assert.ok(!accepted, `${JSON.stringify(image)} was accepted`);
      assert.equal(status, 422);
      assert.deepEqual(fields, ['spec.image'], `one fault, one message: ${message}`);
      const shown = image.replaceAll('\n', '\\n');
      for (const part of ['spec.image', `image "${shown}" `, fault, fix]) {
        assert.ok(message.includes(part), `${JSON.stringify(part)} is missing in: ${message}`);
      }
    });
  }

  test('no image at all', async () => {
    const { image: _, ...spec } = { image: undefined, replicas: 1 };
    const object = { ...manifest({}), spec };
    const { message } = await submit(cluster, namespace, object);
    assert.match(message, /spec\.image: Required value/);
  });

  test('a number', async () => {
    const { message } = await submit(cluster, namespace, manifest({ image: 5 }));
    assert.match(message, /spec\.image: Invalid value: "integer": .* must be of type string/);
  });

  test('more characters than any reference has', async () => {
    const { message } = await submit(cluster, namespace, manifest({ image: 'a'.repeat(781) }));
    assert.match(message, /spec\.image: Too long: may not be more than 780/);
  });
});
