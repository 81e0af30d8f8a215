import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { repositoryRoot } from '../generated-file.ts';
import { findTests, kindOf, select, type TestFiles } from './test-files.ts';

describe('what a test needs', () => {
  it('is nothing but Node.js when it stands beside its source', () => {
    assert.equal(kindOf('src/runtime/queue.test.ts', ''), 'unit');
    assert.equal(kindOf('test/support/until.test.ts', ''), 'unit');
  });

  it('is said by its directory', () => {
    assert.equal(kindOf('test/integration/operator/heal.test.ts', ''), 'integration');
    assert.equal(kindOf('test/e2e/cluster.test.ts', ''), 'e2e');
  });

  it('is a control plane wherever it stands, when it imports one', () => {
    const oneLine = "import { useControlPlane } from './control-plane.ts';\n";
    const several = "import {\n  startControlPlane,\n  type ControlPlane,\n} from '../cluster/control-plane.ts';\n";
    assert.equal(kindOf('test/support/control-plane.test.ts', oneLine), 'integration');
    assert.equal(kindOf('cluster/a.test.ts', several), 'integration');
  });

  it('is no control plane when it only speaks of one', () => {
    const text = "import { test } from 'node:test';\n// like useControlPlane\nconst name = 'startControlPlane';\n";
    assert.equal(kindOf('tools/a.test.ts', text), 'unit');
  });

  it('is nothing for a file that is no test', () => {
    assert.equal(kindOf('test/support/control-plane.ts', 'import { useControlPlane } from "x";'), undefined);
    assert.equal(kindOf('test/e2e/machine-traces.ts', ''), undefined);
  });
});

describe('finding tests', () => {
  it('finds this one, as an absolute path', async () => {
    const { unit } = await findTests(repositoryRoot);
    assert.ok(unit.includes(import.meta.filename));
  });

  it('finds each file once', async () => {
    const { unit, integration, e2e } = await findTests(repositoryRoot);
    const all = [...unit, ...integration, ...e2e];
    assert.equal(new Set(all).size, all.length);
    assert.ok(integration.length > 0 && e2e.length > 0);
  });
});

describe('a filter', () => {
  const files: TestFiles = {
    unit: ['/r/src/runtime/queue.test.ts', '/r/src/runtime/lease.test.ts'],
    integration: ['/r/test/integration/queue.test.ts'],
    e2e: ['/r/test/e2e/cluster.test.ts'],
  };

  it('leaves all when there is none', () => {
    assert.deepEqual(select(files, '/r', undefined), { files, names: [] });
  });

  it('leaves the files that have it in their path, of every kind', () => {
    assert.deepEqual(select(files, '/r', 'queue'), {
      files: { unit: ['/r/src/runtime/queue.test.ts'], integration: ['/r/test/integration/queue.test.ts'], e2e: [] },
      names: [],
    });
  });

  it('takes a whole path', () => {
    assert.deepEqual(select(files, '/r', 'src/runtime/lease.test.ts').files.unit, ['/r/src/runtime/lease.test.ts']);
  });

  it('does not look at the path above the repository', () => {
    assert.deepEqual(select(files, '/r', '/r/').names, ['\\/r\\/']);
  });

  it('is for the names of tests when no path has it', () => {
    assert.deepEqual(select(files, '/r', 'missing Secret|quota'), { files, names: ['missing Secret|quota'] });
  });

  it('must then be a regular expression', () => {
    assert.throws(() => select(files, '/r', 'unclosed ('), SyntaxError);
  });
});
