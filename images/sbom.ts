import { createHash } from 'node:crypto';
import type { ImagePart } from './recipe.ts';

/** What an SBOM is about. */
export interface SbomSubject {
  readonly name: string;
  readonly version: string;
  /** `sha256:…` of the image's manifest. */
  readonly digest: string;
  readonly license: string;
}

/** The predicate type of an SBOM in an in-toto statement (spdx.dev's, which BuildKit and cosign use). */
export const spdxPredicate = 'https://spdx.dev/Document';

/**
 * A software bill of materials: an SPDX 2.3 document (https://spdx.github.io/spdx-spec/v2.3) of everything in an image.
 *
 * The same parts give the same document: it is dated to the epoch, as the image is, and named by the image's digest.
 */
export function spdxDocument(subject: SbomSubject, parts: readonly ImagePart[]): object {
  const image = {
    name: subject.name,
    SPDXID: 'SPDXRef-image',
    versionInfo: subject.version,
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: subject.license,
    copyrightText: 'NOASSERTION',
    primaryPackagePurpose: 'CONTAINER',
    checksums: [{ algorithm: 'SHA256', checksumValue: subject.digest.replace(/^sha256:/, '') }],
  };
  const idOf = new Map(parts.map((part) => [part.purl, idOfPart(part)]));
  const relationships = parts.map(({ purl, within }) => ({
    spdxElementId: (within === undefined ? undefined : idOf.get(within)) ?? image.SPDXID,
    relationshipType: 'CONTAINS',
    relatedSpdxElement: idOf.get(purl),
  }));
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `${subject.name}-${subject.version}`,
    documentNamespace: `https://spdx.org/spdxdocs/${subject.name}-${subject.version}-${subject.digest.replace(':', '-')}`,
    creationInfo: { created: '1970-01-01T00:00:00Z', creators: [`Tool: ${subject.name}-${subject.version}`] },
    packages: [image, ...parts.map(packageOf)],
    relationships: [
      { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: image.SPDXID },
      ...relationships,
    ],
  };
}

function packageOf(part: ImagePart): object {
  return {
    name: part.name,
    SPDXID: idOfPart(part),
    versionInfo: part.version,
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: part.license ?? 'NOASSERTION',
    copyrightText: 'NOASSERTION',
    ...(part.checksum && {
      checksums: [{ algorithm: part.checksum.algorithm, checksumValue: part.checksum.value }],
    }),
    externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: part.purl }],
  };
}

/** Letters, digits, dots and hyphens only; the hash keeps names apart that differ in another character. */
function idOfPart({ name, version, purl }: ImagePart): string {
  const readable = `${name}-${version}`.replace(/[^A-Za-z0-9.-]+/g, '-').replace(/^-+/, '');
  return `SPDXRef-${readable}-${createHash('sha256').update(purl).digest('hex').slice(0, 8)}`;
}
