import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { ClusterError } from '../cluster-error.ts';
import { waitFor } from '../wait.ts';
import { buildGoTool } from './build-go-tool.ts';
import { goTools, moduleDirectory } from './catalog.ts';

/** `go` is a script here that notes how it was called. That the real one makes a Helm that works, the chart's tests show. */
const bin = await temporaryDirectory({ after });
const originalPath = process.env.PATH;
process.env.PATH = `${bin}:${originalPath}`;

async function go(script: string): Promise<void> {
  await writeFile(join(bin, 'go'), `#!/bin/sh\n${script}\n`);
  await chmod(join(bin, 'go'), 0o755);
}

async function request(t: Parameters<typeof temporaryDirectory>[0]) {
  const directory = join(await temporaryDirectory(t), 'v4.3.1');
  const lines: string[] = [];
  const report = (line: string) => void lines.push(line);
  const path = join(directory, 'helm');
  return { directory, lines, made: { tool: goTools.helm, version: 'v4.3.1', path, report, signal: undefined } };
}

test('a tool is built from its own module, stripped, stamped with its version, and put in place executable', async (t) => {
  await go(`echo "$PWD|$CGO_ENABLED|$GOFLAGS|$GOWORK|$(nice)|$*" > "${bin}/call"
    while [ "$1" != -o ]; do shift; done; printf '#!/bin/sh\\necho built\\n' > "$2"`);
  const { directory, lines, made } = await request(t);
  await buildGoTool(made);
  assert.deepEqual(await readdir(directory), ['helm']);
  const [cwd, cgo, flags, workspace, niceness, args = ''] = (await readFile(join(bin, 'call'), 'utf8'))
    .trim()
    .split('|');
  assert.equal(cwd, moduleDirectory(goTools.helm));
  assert.deepEqual([cgo, flags, workspace], ['0', '-mod=readonly', 'off']);
  assert.ok(Number(niceness) >= 10, `niceness ${niceness}`);
  assert.match(
    args,
    /^build -trimpath .*-ldflags -s -w -X helm\.sh\/helm\/v4\/internal\/version\.version=v4\.3\.1 -o /,
  );
  assert.ok(args.endsWith(' helm.sh/helm/v4/cmd/helm'), args);
  assert.match(lines.join('\n'), /^building Helm v4\.3\.1 from its Go module.*\nbuilt in /);
});

test("a failure has the compiler's last lines and what to do, and leaves nothing half", async (t) => {
  await go('while [ "$1" != -o ]; do shift; done; echo half > "$2"; echo "x.go:1: undefined: y" >&2; exit 2');
  const { directory, made } = await request(t);
  await assert.rejects(buildGoTool(made), (thrown: unknown) => {
    assert.ok(thrown instanceof ClusterError);
    assert.equal(thrown.code, 'CommandFailed');
    assert.match(thrown.format(), /building Helm v4\.3\.1 failed[\s\S]*undefined: y[\s\S]*what to do: .*set HELM to/);
    return true;
  });
  assert.deepEqual(await readdir(directory), []);
});

test('what a killed build left is removed by the next, and an interrupted one leaves nothing', async (t) => {
  await go('while [ "$1" != -o ]; do shift; done; echo half > "$2"; exec sleep 60');
  const { directory, made } = await request(t);
  await mkdir(directory);
  await writeFile(join(directory, '.helm.999.tmp'), 'half');
  const controller = new AbortController();
  const caught = buildGoTool({ ...made, signal: controller.signal }).catch((thrown: unknown) => thrown);
  const half = `.helm.${process.pid}.tmp`;
  await waitFor(async () => (await readdir(directory)).join() === half, { what: 'the build alone to be there' });
  controller.abort();
  assert.equal(((await caught) as ClusterError).code, 'Aborted');
  assert.deepEqual(await readdir(directory), []);
});

test('without Go it is said what else can be done', async (t) => {
  const { made } = await request(t);
  process.env.PATH = '/no/such/directory';
  try {
    await assert.rejects(buildGoTool(made), {
      code: 'ToolMissing',
      fix: /install Go .* or set HELM to a Helm of yours/,
    });
  } finally {
    process.env.PATH = `${bin}:${originalPath}`;
  }
});
