import { join } from 'node:path';
import { checksumsFile, notesFile, type ReleaseFiles } from './build-release.ts';

/** One program to run. */
export interface Step {
  /** What it is for, in half a line. */
  readonly what: string;
  readonly program: 'cosign' | 'gh' | 'helm';
  readonly args: readonly string[];
}

/** The predicate type of an SBOM, as cosign names it. */
const sbomType = 'spdxjson';

/**
 * What is done once the image is at its registry, in order: the release's page comes last, when everything that it
 * names is there and signed.
 *
 * Signing is keyless (https://docs.sigstore.dev): the certificate names the workflow that signed, and there is no key
 * that could be lost.
 *
 * @param tag of the release, `v0.2.0`
 * @param directory with the files of the release
 */
export function publishSteps(release: ReleaseFiles, tag: string, directory: string): readonly Step[] {
  const { version, files, images } = release;
  const repository = release.image.slice(0, release.image.lastIndexOf(':'));
  const pinned = `${repository}@${release.digest}`;
  const owner = repository.slice(0, repository.lastIndexOf('/'));
  const chart = files.find((name) => name.endsWith('.tgz'));
  if (chart === undefined) throw new RangeError(`the release has no chart: ${files.join(', ')}`);
  const path = (name: string) => join(directory, name);
  return [
    { what: 'sign the image, for each machine', program: 'cosign', args: ['sign', '--yes', '--recursive', pinned] },
    ...images.map(
      ({ digest, sbom }): Step => ({
        what: `attest ${sbom}`,
        program: 'cosign',
        args: ['attest', '--yes', '--type', sbomType, '--predicate', path(sbom), `${repository}@${digest}`],
      }),
    ),
    { what: 'push the chart', program: 'helm', args: ['push', path(chart), `oci://${owner}/charts`] },
    {
      what: 'sign the list of checksums',
      program: 'cosign',
      args: ['sign-blob', '--yes', '--bundle', path(`${checksumsFile}.sigstore.json`), path(checksumsFile)],
    },
    {
      what: `publish the page of ${tag}`,
      program: 'gh',
      args: [
        ...['release', 'create', tag, '--verify-tag', '--title', tag, '--notes-file', path(notesFile)],
        ...(version.includes('-') ? ['--prerelease'] : []),
        ...[...files, `${checksumsFile}.sigstore.json`].map(path),
      ],
    },
  ];
}
