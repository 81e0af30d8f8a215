/** A release as the changelog and the tag name it: three numbers, and what may follow them (https://semver.org). */
const version = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/;

/**
 * The version that a tag means.
 *
 * @param tag with or without the `v`: `v0.2.0`
 * @returns without it
 * @throws RangeError when it is no version
 */
export function versionOf(tag: string): string {
  const text = tag.replace(/^v/, '');
  if (version.test(text)) return text;
  throw new RangeError(`${JSON.stringify(tag)} is no version: write it like v0.2.0`);
}

/**
 * What the changelog says about one version: the text below its heading (https://keepachangelog.com).
 *
 * @param changelog CHANGELOG.md, whose headings are `## 0.2.0 – 2026-05-01`, or with brackets around the version
 * @throws RangeError that lists the versions there are, or says that the section is empty
 */
export function sectionOf(changelog: string, wanted: string): string {
  const sections = changelog.split(/^(?=## )/m).filter((part) => part.startsWith('## '));
  const named = sections.map((text) => {
    const [heading = '', ...body] = text.split('\n');
    return { name: /^## \[?v?([^\]\s]+)/.exec(heading)?.[1] ?? '', body: body.join('\n').trim() };
  });
  const found = named.find(({ name }) => name === wanted);
  if (found === undefined) {
    const known = named.map(({ name }) => name).join(', ') || 'no version';
    throw new RangeError(
      `CHANGELOG.md has no section for ${wanted} (it has ${known}): rename "## Unreleased" to "## ${wanted}"`,
    );
  }
  if (found.body === '') throw new RangeError(`CHANGELOG.md says nothing about ${wanted}: write what users notice`);
  return found.body;
}
