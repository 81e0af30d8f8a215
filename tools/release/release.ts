import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { goTools } from '../../cluster/go-tools/catalog.ts';
import { resolveGoTool } from '../../cluster/go-tools/resolve-go-tool.ts';
import { run } from '../../images/command.ts';
import { untilInterrupted } from '../../images/interrupt.ts';
import { pushArchive } from '../../images/registry/push.ts';
import { anyKubectl, installerFor } from '../build-installer.ts';
import { packageChart } from '../chart/package-chart.ts';
import { repositoryRoot } from '../generated-file.ts';
import { exitWith } from '../image-argument.ts';
import { platformsIn } from '../platforms.ts';
import { buildRelease, imageArchive, type ReleaseFiles, recordFile } from './build-release.ts';
import { publishSteps } from './publish-steps.ts';

// `make release-build ARGS=v0.2.0` and `make release-publish ARGS=v0.2.0`, which .github/workflows/release.yml calls.

const directory = join(repositoryRoot, 'dist', 'release');
const repositoryHelp = 'Needs IMG=registry.example/team/smooth-operator, without a tag.';

async function helm(signal: AbortSignal): Promise<string> {
  return (await resolveGoTool(goTools.helm, { report: console.log, signal })).path;
}

async function build(tag: string, signal: AbortSignal): Promise<void> {
  const { IMG: repository, PLATFORMS, IMAGE_SOURCE: source, IMAGE_REVISION: revision } = process.env;
  if (!repository) throw new RangeError(repositoryHelp);
  const release = await buildRelease({
    tag,
    repository,
    directory,
    root: repositoryRoot,
    architectures: platformsIn(PLATFORMS) ?? ['amd64', 'arm64'],
    source,
    revision,
    print: console.log,
    signal,
    installer: async (image) => installerFor(image, await anyKubectl()),
    async packageChart(version, to) {
      await packageChart({ version, repository, directory: to, helm: await helm(signal), signal });
    },
  });
  console.log(`built ${release.image}@${release.digest}`);
  for (const name of release.files) console.log(`  ${join('dist', 'release', name)}`);
  console.log(`next: make release-publish ARGS=${tag}`);
}

async function publish(tag: string, dryRun: boolean, signal: AbortSignal): Promise<void> {
  const release: ReleaseFiles = JSON.parse(await readFile(join(directory, recordFile), 'utf8'));
  const steps = publishSteps(release, tag, directory);
  console.log(`pushing ${release.image}`);
  if (!dryRun) await pushArchive(join(directory, imageArchive), release.image, { progress: console.log, signal });
  for (const { what, program, args } of steps) {
    console.log(what);
    if (dryRun) console.log(`  ${[program, ...args].join(' ')}`);
    else await run(program === 'helm' ? await helm(signal) : program, args, { signal, show: true });
  }
  // For the steps of a workflow that come after: the attestation of the build is about this digest.
  const output = process.env.GITHUB_OUTPUT;
  if (output && !dryRun) await appendFile(output, `digest=${release.digest}\n`);
}

await exitWith(() =>
  untilInterrupted(async (signal) => {
    const program = new Command('release').description('Builds a release, and publishes it.').exitOverride();
    program
      .command('build')
      .description(`build image, chart, installer, SBOMs and checksums into dist/release. ${repositoryHelp}`)
      .argument('<tag>', 'for example v0.2.0: the version in package.json, which the changelog has a section for')
      .action((tag: string) => build(tag, signal));
    program
      .command('publish')
      .description('push the image and the chart, sign them, and make the page of the release. Needs cosign and gh')
      .argument('<tag>')
      .option('--dry-run', 'say what would be done, and do nothing', false)
      .action((tag: string, { dryRun }: { dryRun: boolean }) => publish(tag, dryRun, signal));
    await program.parseAsync();
  }),
);
