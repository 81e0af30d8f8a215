import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { assembleIndex, attest } from './image-index.ts';
import { type Architecture, assemble, layoutIndexOf } from './oci.ts';
import { parseReference } from './reference.ts';

const image = (architecture: Architecture) =>
  assemble([], { entrypoint: ['/app'], user: '65532:65532' }, architecture, { 'org.example.a': 'b' });
const parse = (bytes: Buffer) => JSON.parse(bytes.toString());
const sum = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const statement = { predicateType: 'https://spdx.dev/Document', predicate: { spdxVersion: 'SPDX-2.3' } };

describe('attest', () => {
  it('states something about one image, by its digest, as in-toto has it', () => {
    const amd64 = image('amd64');
    const [only] = attest(amd64, 'smooth-operator', [statement]).statements;
    assert.ok(only !== undefined);
    assert.deepEqual(parse(only.bytes), {
      _type: 'https://in-toto.io/Statement/v0.1',
      subject: [{ name: 'smooth-operator', digest: { sha256: amd64.manifest.digest.replace('sha256:', '') } }],
      ...statement,
    });
  });

  it('is stored as BuildKit stores it: a manifest whose layers are the statements', () => {
    const { manifest, config, statements } = attest(image('amd64'), 'x', [statement]);
    const [only] = statements;
    assert.ok(only !== undefined);
    const { layers, config: at } = parse(manifest.bytes);
    assert.deepEqual(layers, [
      {
        mediaType: 'application/vnd.in-toto+json',
        digest: sum(only.bytes),
        size: only.bytes.length,
        annotations: { 'in-toto.io/predicate-type': 'https://spdx.dev/Document' },
      },
    ]);
    assert.equal(at.digest, sum(config.bytes));
    assert.deepEqual(parse(config.bytes).rootfs, { type: 'layers', diff_ids: [only.digest] });
  });
});

describe('assembleIndex', () => {
  const images = [image('amd64'), image('arm64')];
  const attestations = images.map((one) => attest(one, 'x', [statement]));
  const built = assembleIndex(images, attestations, { 'org.opencontainers.image.version': '1.2.3' });
  const { manifests, annotations, mediaType } = parse(built.index.bytes);

  it('leads each machine to its image', () => {
    assert.equal(mediaType, 'application/vnd.oci.image.index.v1+json');
    for (const { manifest, architecture } of images) {
      const entry = manifests.find(
        (one: { platform: { architecture: string } }) => one.platform.architecture === architecture,
      );
      assert.deepEqual(
        [entry.digest, entry.size, entry.platform.os],
        [manifest.digest, manifest.bytes.length, 'linux'],
      );
    }
  });

  it('has the images first: a reader that takes the first one gets an image', () => {
    assert.deepEqual(
      manifests.map((one: { platform: { architecture: string } }) => one.platform.architecture),
      ['amd64', 'arm64', 'unknown', 'unknown'],
    );
  });

  it('says of each attestation which image it is about', () => {
    const about = manifests.slice(2).map((one: { annotations: Record<string, string> }) => one.annotations);
    assert.deepEqual(
      about,
      images.map(({ manifest }) => ({
        'vnd.docker.reference.digest': manifest.digest,
        'vnd.docker.reference.type': 'attestation-manifest',
      })),
    );
  });

  it('carries the annotations, as each manifest does', () => {
    assert.deepEqual(annotations, { 'org.opencontainers.image.version': '1.2.3' });
    assert.deepEqual(parse(images[0]?.manifest.bytes ?? Buffer.from('{}')).annotations, { 'org.example.a': 'b' });
  });

  it('has another digest when only a statement differs', () => {
    const other = assembleIndex(images, [], { 'org.opencontainers.image.version': '1.2.3' });
    assert.notEqual(other.index.digest, built.index.digest);
  });

  it('is what a layout names, under the name that containerd looks up', () => {
    const [entry] = parse(layoutIndexOf(built.index, parseReference('team/app:v1'))).manifests;
    assert.equal(entry.digest, built.index.digest);
    assert.equal(entry.mediaType, mediaType);
    assert.equal(entry.annotations['io.containerd.image.name'], 'docker.io/team/app:v1');
  });
});
