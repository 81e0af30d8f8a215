import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { repositoryRoot } from '../../../tools/generated-file.ts';
import { helmCommandsOf } from '../../../tools/markdown.ts';
import { identityOf, manifestsIn, useHelm } from '../../support/helm.ts';

/** Every Helm command of the documents is one that Helm takes, with values that the chart has. */

const helm = await useHelm();
const isHelm3 = (await helm.ok(['version', '--short'])).startsWith('v3');
const documents = ['README.md', 'docs/install.md', 'docs/metrics.md', 'charts/smooth-operator/README.md'];

/** Flags that are about a cluster or a packaged chart: nothing of the kind is there. */
const withoutCluster =
  /^--(?:wait|take-ownership|force-conflicts|create-namespace|reuse-values|reset-then-reuse-values|logs)$/;

for (const document of documents) {
  describe(document, async () => {
    const text = await readFile(join(repositoryRoot, document), 'utf8');
    for (const words of helmCommandsOf(text)) {
      const [command = '', ...rest] = words;
      test(`helm ${words.join(' ')}`, async () => {
        const { stdout } = await helm.run([command, '--help']);
        for (const flag of rest.filter((word) => word.startsWith('--'))) {
          // The documents say so.
          if (isHelm3 && flag === '--force-conflicts') continue;
          assert.match(stdout, new RegExp(`${flag.replace(/=.*/, '')}\\b`), `helm ${command} knows ${flag}`);
        }
        if (command !== 'install' && command !== 'upgrade') return;
        // The file that docs/install.md has its reader write.
        const image = 'image:\n  repository: registry.example.com/team/smooth-operator\n  tag: 0.1.0\n';
        assert.ok(!rest.includes('image.yaml') || text.includes(`cat > image.yaml <<EOF\n${image}EOF\n`));
        const args = rest
          .map((word) => (word === 'image.yaml' ? '-' : word))
          .filter((word) => !withoutCluster.test(word))
          // A package is made of the chart, and `--reuse-values` would have brought the image.
          .map((word) => (word.endsWith('.tgz') ? 'charts/smooth-operator' : word))
          .map((word) => (word === 'charts/smooth-operator' ? join(repositoryRoot, word) : word));
        if (rest.includes('--reuse-values')) args.push('--set', 'image.repository=a');
        const rendered = manifestsIn(await helm.ok(['template', ...args, '--kube-version', '1.34.0'], image));
        assert.ok(
          rendered.some(({ kind }) => kind === 'Deployment'),
          rendered.map(identityOf).join(),
        );
      });
    }
  });
}

test('the documents have such commands, or the tests above look at nothing', async () => {
  const text = await readFile(join(repositoryRoot, 'docs', 'install.md'), 'utf8');
  const commands = helmCommandsOf(text).map(([command]) => command);
  for (const one of ['install', 'test', 'upgrade', 'rollback', 'uninstall', 'package'])
    assert.ok(commands.includes(one), one);
});
