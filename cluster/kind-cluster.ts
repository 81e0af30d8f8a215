import { mkdir, rm } from 'node:fs/promises';
import { releaseFor } from './binaries/release.ts';
import { writeRecord } from './cluster-record.ts';
import type { UpOptions } from './full-cluster.ts';
import { run, runOrThrow } from './process/run.ts';
import { withHeartbeat } from './progress.ts';

/** The name of our cluster among kind's. */
const name = 'smooth-operator';
/** Pulling a node image over a slow line takes its time. */
const deadlineMs = 900_000;
const whenMissing = 'install kind from https://kind.sigs.k8s.io';

/** Starts a cluster in Docker with kind, unless it is there. */
export async function upKind({ layout, report, signal }: UpOptions): Promise<void> {
  await mkdir(layout.state, { recursive: true, mode: 0o700 });
  const clusters = await runOrThrow('kind', ['get', 'clusters', '--quiet'], { whenMissing, signal });
  const options = { deadlineMs, signal, whenMissing };
  if (clusters.split('\n').includes(name)) {
    report(`kind cluster ${name}: already running`);
    await runOrThrow('kind', ['export', 'kubeconfig', '--name', name, '--kubeconfig', layout.kubeconfig], options);
  } else {
    const { kindImage } = releaseFor(process.env.K8S_VERSION);
    const args = ['create', 'cluster', '--name', name, '--image', kindImage];
    args.push('--kubeconfig', layout.kubeconfig, '--wait', '180s');
    await withHeartbeat(report, `creating the kind cluster ${name}`, () => runOrThrow('kind', args, options));
    report(`kind cluster ${name}: ready`);
  }
  await writeRecord(layout.record, { mode: 'kind', version: 'as kind has it' });
}

/** Removes the kind cluster, and our files. */
export async function downKind({ layout }: Pick<UpOptions, 'layout'>): Promise<void> {
  await run('kind', ['delete', 'cluster', '--name', name, '--kubeconfig', layout.kubeconfig], {
    deadlineMs,
    whenMissing,
  });
  await rm(layout.state, { recursive: true, force: true });
}

/** Puts the images of an archive into the kind cluster. */
export async function loadIntoKind(archive: string): Promise<void> {
  await runOrThrow('kind', ['load', 'image-archive', archive, '--name', name], { deadlineMs, whenMissing });
}
