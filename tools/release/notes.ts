import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { repositoryRoot } from '../generated-file.ts';
import { exitWith } from '../image-argument.ts';
import { sectionOf, versionOf } from './changelog.ts';

// `make release-notes ARGS=v0.2.0`: prints what the changelog says about a version, for the page of the release.

await exitWith(async () => {
  const program = new Command('release-notes')
    .description('Prints what CHANGELOG.md says about a version.')
    .argument('<version>', 'for example v0.2.0')
    .exitOverride();
  await program
    .action(async (tag: string) => {
      console.log(sectionOf(await readFile(join(repositoryRoot, 'CHANGELOG.md'), 'utf8'), versionOf(tag)));
    })
    .parseAsync();
});
