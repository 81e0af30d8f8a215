import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseMakefile } from './makefile.ts';

describe('reading a Makefile', () => {
  it('takes name, description, section, prerequisites and commands', () => {
    const text = [
      '##@ Check',
      '.PHONY: test',
      'test: dependencies generate ## Run the tests.',
      '\t@npm run test',
      '\techo done',
    ];
    assert.deepEqual(parseMakefile(text.join('\n')), [
      {
        name: 'test',
        description: 'Run the tests.',
        section: 'Check',
        prerequisites: ['dependencies', 'generate'],
        recipe: ['npm run test', 'echo done'],
      },
    ]);
  });

  it('leaves out a target without a description, and does not give its commands to the one above', () => {
    const text = ['a: ## First.', '\t@one', 'hidden:', '\t@two', 'b: ## Second.', '\t@three'].join('\n');
    const targets = parseMakefile(text);
    assert.deepEqual(
      targets.map(({ name, recipe }) => [name, recipe]),
      [
        ['a', ['one']],
        ['b', ['three']],
      ],
    );
  });

  it('does not take a variable, a special target or a comment for a target', () => {
    const text = ['NAME := value ## no', '.DEFAULT_GOAL := help', '# test: ## no', 'export IMG', '.PHONY: x'].join(
      '\n',
    );
    assert.deepEqual(parseMakefile(text), []);
  });

  it('keeps colons and hashes of a description', () => {
    const [target] = parseMakefile('deploy: ## Needs IMG=example:v1 #1.');
    assert.equal(target?.description, 'Needs IMG=example:v1 #1.');
  });

  it('has an empty section above the first heading', () => {
    assert.equal(parseMakefile('a: ## First.')[0]?.section, '');
  });
});
