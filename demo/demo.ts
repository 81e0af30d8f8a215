import { join } from 'node:path';
import { loadImage, up } from '../cluster/cluster.ts';
import { ClusterError } from '../cluster/cluster-error.ts';
import { buildImage } from '../images/build.ts';
import type { ImageName } from '../images/catalog.ts';
import { ImageError } from '../images/image-error.ts';
import { buildSdkServer } from '../images/sdk-servers/build-sdk-server.ts';
import { deploy } from '../tools/deploy.ts';
import { converse, type ToolCall } from './client.ts';
import { kubectlFor } from './kubectl.ts';
import { loadOperatorImage, runOnHost } from './operator.ts';
import { createStage } from './progress.ts';
import { applySamples, type Sample, serviceUrl, waitForReady, waitForStatus } from './samples.ts';

/** The main job, from nothing: a real Kubernetes, the operator, three MCP servers, and a client that talks to them. */

const sampleImages: readonly ImageName[] = ['sample-server', 'server-everything'];
/** Where pods are not started, the operator's image is not needed, and its Deployment stays without pods. */
const placeholderImage = 'smooth-operator/operator:dev';
const samples: readonly (Sample & { readonly call: ToolCall })[] = [
  { name: 'greeter', call: { name: 'greet', arguments: { name: 'Kubernetes' } } },
  { name: 'everything', call: { name: 'echo', arguments: { message: 'hello from the demo' } } },
  { name: 'modern', call: { name: 'add', arguments: { a: 20, b: 22 } } },
];

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());
const write = (line: string) => process.stdout.write(`${line}\n`);

try {
  await demo(interrupt.signal);
} catch (thrown) {
  write(`\n${explain(thrown)}`);
  write('The demo can be run again: it goes on from what is there. `make cluster-down` removes everything.');
  process.exitCode = interrupt.signal.aborted ? 130 : 1;
}

async function demo(signal: AbortSignal): Promise<void> {
  const stage = createStage(6, write);
  write(`Smooth Operator: MCP servers on a real Kubernetes, from nothing (Node ${process.version})`);

  const cluster = await stage.step('Kubernetes', (report) => up({ report, signal }));
  const kubectl = await kubectlFor(cluster, (line) => write(`      ${line}`));

  const image = await stage.step('Images, built here without a registry or an engine', async (report) => {
    if (!cluster.runsPods) {
      report('skipped: pods are not started on this machine');
      return placeholderImage;
    }
    const modern = await buildSdkServer('ts-v2-modern', { progress: report, signal });
    report(`${modern.ref}: loading`);
    await loadImage(modern.archivePath);
    for (const name of sampleImages) {
      const { ref, archivePath } = await buildImage(name, { progress: report, signal });
      report(`${ref}: loading`);
      await loadImage(archivePath);
    }
    return loadOperatorImage(report, signal);
  });

  const host = await stage.step('The operator, with exactly its own rights', async (report) => {
    await deploy(kubectl, { image, wait: cluster.runsPods, print: report });
    return cluster.runsPods ? undefined : await runOnHost(kubectl, cluster.kubeconfig);
  });
  try {
    await stage.step('Three MCP servers, from config/samples', async (report) => {
      await applySamples(kubectl, join(import.meta.dirname, '..', 'config', 'samples'));
      for (const { name } of samples) {
        await (cluster.runsPods ? waitForReady : waitForStatus)(kubectl, name, report);
      }
    });

    await stage.step('A client, through each Service', async (report) => {
      if (!cluster.runsPods) return report('skipped: pods are not started on this machine');
      for (const { name, call } of samples) {
        const url = await serviceUrl(kubectl, name);
        const { server, tools, answer } = await converse(url, call);
        report(`${name} at ${url} is "${server}"`);
        report(`  its tools: ${tools.join(', ')}`);
        report(`  ${call.name}(${JSON.stringify(call.arguments)}) says: ${answer}`);
      }
    });

    await stage.step('What is there now', async () => {
      const listing = await kubectl.read('get', 'smcp,deploy,svc,pods');
      write(listing.trimEnd().replace(/^/gm, '      '));
    });
  } finally {
    await host?.stop();
  }
  write(`\nEverything works, after ${stage.total()}. To try next:`);
  write(`  export KUBECONFIG=${cluster.kubeconfig}`);
  write('  kubectl scale smcp/greeter --replicas=3 && kubectl get smcp --watch');
  write('  kubectl describe smcp greeter');
  write('  kubectl delete service greeter && kubectl get service greeter --watch');
  write('(`npm run cluster -- kubectl …` is a kubectl that fits. `make cluster-down` removes everything.)');
}

function explain(thrown: unknown): string {
  if (thrown instanceof ClusterError) return thrown.format();
  if (thrown instanceof ImageError) return `error: ${thrown.message}`;
  return `error: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
}
