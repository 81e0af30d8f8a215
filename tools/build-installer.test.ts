import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { installerFor, installerPath } from './build-installer.ts';
import { repositoryRoot } from './generated-file.ts';

/** That it is what the chart installs is in test/integration/chart/same-as-kustomize.test.ts, with the real kustomize. */
describe('the installer', () => {
  test('is what kustomize makes of an overlay with the image, after a line that says what it is', async (t) => {
    const kubectl = join(await temporaryDirectory(t), 'kubectl');
    await writeFile(kubectl, '#!/bin/sh\necho "kind: $1"\necho "path: $2"\n', { mode: 0o755 });
    const text = await installerFor('registry.example:5000/a/b:v1', kubectl);
    const [first, ...rest] = text.split('\n');
    assert.equal(
      first,
      '# Smooth Operator, image registry.example:5000/a/b:v1. Made by "make build-installer": kubectl apply --server-side -f install.yaml',
    );
    assert.deepEqual(rest, ['kind: kustomize', 'path: .local/installer', '']);
    const overlay = await readFile(join(repositoryRoot, '.local', 'installer', 'kustomization.yaml'), 'utf8');
    assert.deepEqual((parse(overlay) as { resources: unknown }).resources, ['../../config/default']);
  });

  test('fails with what kustomize said', async (t) => {
    const kubectl = join(await temporaryDirectory(t), 'kubectl');
    await writeFile(kubectl, '#!/bin/sh\necho "no such directory" >&2\nexit 1\n', { mode: 0o755 });
    await assert.rejects(installerFor('a:v1', kubectl), { code: 'CommandFailed', tail: ['no such directory'] });
  });

  test('goes where kubebuilder puts it', () => assert.equal(installerPath, join('dist', 'install.yaml')));
});
