import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ImagePart } from './recipe.ts';
import { spdxDocument } from './sbom.ts';

const subject = {
  name: 'smooth-operator',
  version: '1.2.3',
  digest: `sha256:${'ab'.repeat(32)}`,
  license: 'Apache-2.0',
};
const node: ImagePart = { name: 'node', version: '26.0.0', purl: 'pkg:generic/node@26.0.0', license: 'MIT' };
const openssl: ImagePart = { name: 'openssl', version: '3.5.0', purl: 'pkg:generic/openssl@3.5.0', within: node.purl };
const client: ImagePart = {
  name: '@kubernetes/client-node',
  version: '2.0.1',
  purl: 'pkg:npm/%40kubernetes/client-node@2.0.1',
  license: 'Apache-2.0',
  checksum: { algorithm: 'SHA512', value: 'cd'.repeat(64) },
};

interface Spdx {
  readonly packages: readonly Record<string, unknown>[];
  readonly relationships: readonly { spdxElementId: string; relationshipType: string; relatedSpdxElement: string }[];
  readonly [field: string]: unknown;
}
// What readers get: JSON, not our object.
const documentOf = (parts: readonly ImagePart[]): Spdx => JSON.parse(JSON.stringify(spdxDocument(subject, parts)));

describe('spdxDocument', () => {
  it('describes the image by its digest', () => {
    const { packages, relationships } = documentOf([node]);
    const [image] = packages;
    assert.equal(image?.name, 'smooth-operator');
    assert.equal(image?.versionInfo, '1.2.3');
    assert.deepEqual(image?.checksums, [{ algorithm: 'SHA256', checksumValue: 'ab'.repeat(32) }]);
    assert.deepEqual(relationships[0], {
      spdxElementId: 'SPDXRef-DOCUMENT',
      relationshipType: 'DESCRIBES',
      relatedSpdxElement: image?.SPDXID,
    });
  });

  it('has the fields that SPDX 2.3 demands of a document', () => {
    const document = documentOf([]);
    assert.equal(document.spdxVersion, 'SPDX-2.3');
    assert.equal(document.dataLicense, 'CC0-1.0');
    assert.equal(document.SPDXID, 'SPDXRef-DOCUMENT');
    assert.match(String(document.documentNamespace), /^https:\/\/[^#]+$/);
    assert.deepEqual(document.creationInfo, {
      created: '1970-01-01T00:00:00Z',
      creators: ['Tool: smooth-operator-1.2.3'],
    });
  });

  it('names each part so that scanners find it, with licence and checksum where they are known', () => {
    const part = documentOf([client, openssl]).packages.find(({ name }) => name === client.name);
    assert.deepEqual(part?.externalRefs, [
      { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: client.purl },
    ]);
    assert.equal(part?.licenseDeclared, 'Apache-2.0');
    assert.deepEqual(part?.checksums, [{ algorithm: 'SHA512', checksumValue: 'cd'.repeat(64) }]);
    const without = documentOf([openssl]).packages[1];
    assert.equal(without?.licenseDeclared, 'NOASSERTION');
    assert.equal(without !== undefined && 'checksums' in without, false);
  });

  it('says what lies in what', () => {
    const { packages, relationships } = documentOf([node, openssl]);
    const id = (name: string) => packages.find((one) => one.name === name)?.SPDXID;
    const contains = relationships
      .filter(({ relationshipType }) => relationshipType === 'CONTAINS')
      .map(({ spdxElementId, relatedSpdxElement }) => [spdxElementId, relatedSpdxElement]);
    assert.deepEqual(contains, [
      ['SPDXRef-image', id('node')],
      [id('node'), id('openssl')],
    ]);
  });

  it('gives every part an identifier of the letters that are allowed, and one of its own', () => {
    const alike: ImagePart = {
      ...client,
      name: 'kubernetes-client-node',
      purl: 'pkg:npm/kubernetes-client-node@2.0.1',
    };
    const ids = documentOf([client, alike, node, openssl]).packages.map(({ SPDXID }) => String(SPDXID));
    for (const id of ids) assert.match(id, /^SPDXRef-[A-Za-z0-9.-]+$/);
    assert.equal(new Set(ids).size, ids.length);
  });

  it('is the same for the same image, and has another name for another', () => {
    assert.deepEqual(documentOf([node]), documentOf([node]));
    const other = JSON.parse(JSON.stringify(spdxDocument({ ...subject, digest: `sha256:${'00'.repeat(32)}` }, [node])));
    assert.notEqual(other.documentNamespace, documentOf([node]).documentNamespace);
  });
});
