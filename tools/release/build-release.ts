import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Architecture } from '../../images/oci.ts';
import { projectVersion } from '../../images/operator.ts';
import { shipOperator } from '../../images/ship.ts';
import { sectionOf, versionOf } from './changelog.ts';

/** Everything of a release, in one directory. */
export interface ReleaseFiles {
  /** `0.2.0`. */
  readonly version: string;
  /** The image's name with its tag, which is the version. */
  readonly image: string;
  /** `sha256:…`: what is signed, and what the chart and the installer could pin. */
  readonly digest: string;
  /** Each machine's own image, and the file with its SBOM. */
  readonly images: readonly { readonly digest: string; readonly sbom: string }[];
  /** What is attached to the release's page, names in the directory. */
  readonly files: readonly string[];
}

/** What makes a release. */
export interface BuildReleaseOptions {
  /** The tag, `v0.2.0`. */
  readonly tag: string;
  /** The image without a tag: `ghcr.io/team/smooth-operator`. */
  readonly repository: string;
  /** Where everything goes; what is there is removed first. */
  readonly directory: string;
  /** The repository. */
  readonly root: string;
  readonly architectures: readonly Architecture[];
  readonly source?: string | undefined;
  readonly revision?: string | undefined;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
  /** Builds the image. Default: for real. */
  readonly ship?: typeof shipOperator;
  /** Packages the chart into a directory. */
  readonly packageChart: (version: string, directory: string) => Promise<void>;
  /** All objects for an image, as YAML. */
  readonly installer: (image: string) => Promise<string>;
}

/** What people who check a download look for: `sha256sum --check checksums.txt`. */
export const checksumsFile = 'checksums.txt';
/** What is read again when the release is published. */
export const recordFile = 'release.json';
/** The text of the release's page. */
export const notesFile = 'release-notes.md';
/** The image of all machines. */
export const imageArchive = 'image.tar';

/**
 * Builds everything of a release into a directory, and sends nothing anywhere.
 *
 * @throws RangeError when the tag is not the version that package.json has, or the changelog says nothing about it
 */
export async function buildRelease(options: BuildReleaseOptions): Promise<ReleaseFiles> {
  const { tag, repository, directory, root, print, signal, ship = shipOperator } = options;
  const version = versionOf(tag);
  const own = await projectVersion();
  if (version !== own) {
    throw new RangeError(
      `the tag is ${tag}, and package.json has ${own}: set it with npm version --no-git-tag-version`,
    );
  }
  const notes = sectionOf(await readFile(join(root, 'CHANGELOG.md'), 'utf8'), version);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });

  const image = `${repository}:${version}`;
  const { architectures, source, revision } = options;
  const out = join(directory, imageArchive);
  const shipped = await ship({ ref: image, architectures, source, revision, out, progress: print, signal });
  const images: { digest: string; sbom: string }[] = [];
  for (const { architecture, sbom, digest } of shipped.images) {
    const name = `sbom-${architecture}.spdx.json`;
    await writeFile(join(directory, name), `${JSON.stringify(sbom, null, 2)}\n`);
    images.push({ digest, sbom: name });
  }
  await writeFile(join(directory, 'install.yaml'), await options.installer(`${repository}@${shipped.digest}`));
  await options.packageChart(version, directory);
  const files = (await readdir(directory)).filter((name) => name !== imageArchive).sort();
  await writeFile(join(directory, checksumsFile), await checksumsOf(directory, files));
  await writeFile(join(directory, notesFile), `${notes}\n\n${howToVerify(repository, shipped.digest)}`);
  const all = [...files, checksumsFile];
  const release: ReleaseFiles = { version, image, digest: shipped.digest, images, files: all };
  await writeFile(join(directory, recordFile), `${JSON.stringify(release, null, 2)}\n`);
  return release;
}

async function checksumsOf(directory: string, files: readonly string[]): Promise<string> {
  const lines: string[] = [];
  for (const name of files) {
    const sum = createHash('sha256')
      .update(await readFile(join(directory, name)))
      .digest('hex');
    lines.push(`${sum}  ${name}\n`);
  }
  return lines.join('');
}

function howToVerify(repository: string, digest: string): string {
  const identity = '--certificate-identity-regexp=/.github/workflows/release.yml@refs/tags/';
  const issuer = '--certificate-oidc-issuer=https://token.actions.githubusercontent.com';
  return [
    '## Image',
    '',
    `\`${repository}@${digest}\``,
    '',
    '```sh',
    `cosign verify ${repository}@${digest} ${identity} ${issuer}`,
    '```',
    '',
  ].join('\n');
}
