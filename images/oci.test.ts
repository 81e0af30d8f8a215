import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import type { Layer } from './layer.ts';
import { assemble, blobPath, dockerManifest, layoutIndex, type RunConfig } from './oci.ts';
import { parseReference } from './reference.ts';

const layer = (name: string, size = 10): Layer => ({
  name,
  blobPath: `/cache/${name}`,
  digest: `sha256:digest-${name}`,
  diffId: `sha256:diff-${name}`,
  size,
});

const run: RunConfig = { entrypoint: ['/app'], user: '65532:65532' };
const parse = (bytes: Buffer) => JSON.parse(bytes.toString());
const reference = parseReference('team/app:v1');

describe('the image config', () => {
  it('says how the container starts, in the names that the specification has', () => {
    const full: RunConfig = {
      entrypoint: ['/usr/local/bin/node', '/app/x.js'],
      cmd: ['serve'],
      env: { PATH: '/bin', PORT: '8080' },
      user: '65532:65532',
      workingDir: '/app',
      exposedPorts: [8080, 8081],
      stopSignal: 'SIGINT',
      labels: { 'org.opencontainers.image.title': 'x' },
    };
    assert.deepEqual(parse(assemble([], full, 'amd64').config.bytes).config, {
      User: '65532:65532',
      ExposedPorts: { '8080/tcp': {}, '8081/tcp': {} },
      Env: ['PATH=/bin', 'PORT=8080'],
      Entrypoint: ['/usr/local/bin/node', '/app/x.js'],
      Cmd: ['serve'],
      WorkingDir: '/app',
      StopSignal: 'SIGINT',
      Labels: { 'org.opencontainers.image.title': 'x' },
    });
  });

  it('leaves out what is not said, rather than writing null', () => {
    assert.deepEqual(parse(assemble([], run, 'amd64').config.bytes).config, {
      User: '65532:65532',
      Entrypoint: ['/app'],
      WorkingDir: '/',
    });
  });

  it('lists the layers by the hash of what they hold, lowest first', () => {
    const { rootfs, history } = parse(assemble([layer('node'), layer('app')], run, 'amd64').config.bytes);
    assert.deepEqual(rootfs, { type: 'layers', diff_ids: ['sha256:diff-node', 'sha256:diff-app'] });
    assert.deepEqual(
      history.map((step: { created_by: string }) => step.created_by),
      ['smooth-operator: node', 'smooth-operator: app'],
    );
  });

  it('says for which machine it is, and no time of day', () => {
    const config = parse(assemble([], run, 'arm64').config.bytes);
    assert.equal(config.architecture, 'arm64');
    assert.equal(config.os, 'linux');
    assert.equal(config.created, '1970-01-01T00:00:00Z');
  });
});

describe('the manifest', () => {
  it('points at config and layers by digest and size', () => {
    const image = assemble([layer('node', 50), layer('app', 5)], run, 'amd64');
    const manifest = parse(image.manifest.bytes);
    assert.equal(manifest.schemaVersion, 2);
    assert.deepEqual(manifest.config, {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: `sha256:${createHash('sha256').update(image.config.bytes).digest('hex')}`,
      size: image.config.bytes.length,
    });
    assert.deepEqual(manifest.layers, [
      { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: 'sha256:digest-node', size: 50 },
      { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: 'sha256:digest-app', size: 5 },
    ]);
  });

  it('has the same digest for the same image', () => {
    const digest = () => assemble([layer('a')], run, 'amd64').manifest.digest;
    assert.equal(digest(), digest());
  });

  it('has another digest when only the way it starts differs', () => {
    const one = assemble([layer('a')], run, 'amd64');
    const other = assemble([layer('a')], { ...run, user: '0:0' }, 'amd64');
    assert.notEqual(one.manifest.digest, other.manifest.digest);
  });
});

describe('layoutIndex', () => {
  const image = assemble([layer('a')], run, 'amd64');

  it('names the image as containerd looks it up, and tags it as OCI tools do', () => {
    const [entry] = parse(layoutIndex(image, reference)).manifests;
    assert.deepEqual(entry.annotations, {
      'io.containerd.image.name': 'docker.io/team/app:v1',
      'org.opencontainers.image.ref.name': 'v1',
    });
  });

  it('points at the manifest and says for which machine', () => {
    const [entry] = parse(layoutIndex(image, reference)).manifests;
    assert.equal(entry.digest, image.manifest.digest);
    assert.equal(entry.size, image.manifest.bytes.length);
    assert.deepEqual(entry.platform, { architecture: 'amd64', os: 'linux' });
  });

  it('takes the tag from behind a registry with a port', () => {
    const [entry] = parse(layoutIndex(image, parseReference('registry.example:5000/app:v2'))).manifests;
    assert.equal(entry.annotations['org.opencontainers.image.ref.name'], 'v2');
    assert.equal(entry.annotations['io.containerd.image.name'], 'registry.example:5000/app:v2');
  });
});

describe('dockerManifest', () => {
  it('names the blobs by path, and the image as a person does', () => {
    const image = assemble([layer('a'), layer('b')], run, 'amd64');
    assert.deepEqual(parse(dockerManifest(image, reference)), [
      {
        Config: image.config.digest.replace('sha256:', 'blobs/sha256/'),
        RepoTags: ['team/app:v1'],
        Layers: ['blobs/sha256/digest-a', 'blobs/sha256/digest-b'],
      },
    ]);
  });
});

describe('blobPath', () => {
  it('is where an image layout keeps a blob', () => assert.equal(blobPath('sha256:abc'), 'blobs/sha256/abc'));
});
