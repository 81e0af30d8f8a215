import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { packageChart } from '../../../tools/chart/package-chart.ts';
import { manifestsIn, useHelm } from '../../support/helm.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** The chart as a release has it: one file, which installs the release's image without a value. */

const helm = await useHelm();

test('a packaged chart has the version and the image of its release, and all that it needs', async (t) => {
  const directory = await temporaryDirectory(t);
  const repository = 'registry.example:5000/team/smooth-operator';
  const path = await packageChart({ version: '1.2.3', repository, directory, helm: helm.path });
  assert.equal(path, join(directory, 'smooth-operator-1.2.3.tgz'));

  const about: { version: string; appVersion: string } = parse(await helm.ok(['show', 'chart', path]));
  assert.deepEqual([about.version, about.appVersion], ['1.2.3', '1.2.3']);
  assert.match(
    await helm.ok(['show', 'readme', path]),
    new RegExp(`\`image.repository\` \\| string \\| \`"${repository}"\``),
  );

  const rendered = manifestsIn(await helm.ok(['template', 'smooth-operator', path, '--kube-version', '1.34.0']));
  const ofSource = await helm.template({ namespace: 'default', values: { image: { repository, tag: '1.2.3' } } });
  const named = (objects: typeof rendered) => objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  const tested = rendered.filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === undefined);
  assert.deepEqual(named(tested), named(ofSource));
  const deployment = JSON.stringify(rendered.find(({ kind }) => kind === 'Deployment'));
  assert.ok(deployment.includes(`"image":"${repository}:1.2.3"`), deployment);
});
