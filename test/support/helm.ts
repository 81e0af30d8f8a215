import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { goTools } from '../../cluster/go-tools/catalog.ts';
import { resolveGoTool } from '../../cluster/go-tools/resolve-go-tool.ts';
import { type RunResult, run } from '../../cluster/process/run.ts';
import { chartDirectory } from '../../tools/chart/chart-files.ts';
import { repositoryRoot } from '../../tools/generated-file.ts';

/** An object that the chart or kustomize makes. */
export interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** How a chart is rendered. */
export interface RenderOptions {
  /** As in a values file. Default: none but an image, without which nothing is rendered. */
  readonly values?: object;
  /** The release's name. Default `smooth-operator`, with which the names are those of config/default. */
  readonly release?: string;
  /** Default `smooth-operator-system`. */
  readonly namespace?: string;
}

/** The real Helm. */
export interface Helm {
  /** Its path. */
  readonly path: string;
  /** Runs it to its end, however that is. `input`: its standard input. */
  run(args: readonly string[], input?: string): Promise<RunResult>;
  /** Runs it and takes nothing but success. @throws Error with what it said */
  ok(args: readonly string[], input?: string): Promise<string>;
  /** What the chart renders to, without the hooks of "helm test" unless they are asked for. @throws Error like `ok` */
  template(options?: RenderOptions, extra?: readonly string[]): Promise<readonly ManifestObject[]>;
}

/** Values with an image, where they have none. */
export function withImage(values: object): object {
  const { image = {}, ...rest } = values as { image?: object };
  return { ...rest, image: { repository: 'smooth-operator/operator', ...image } };
}

/** The chart. */
export const chartPath: string = join(repositoryRoot, chartDirectory);

/** What a cluster is said to be where none is asked: the oldest that the chart is for. */
const kubeVersion = ['--kube-version', '1.34.0'];

/**
 * Helm for the tests of a file: found, or built once for this machine.
 *
 * @param kubeconfig of the cluster that it works with. Default: none, so that no test reaches the user's
 */
export async function useHelm(kubeconfig = '/dev/null'): Promise<Helm> {
  const { path } = await resolveGoTool(goTools.helm, { report: (line) => console.log(`# ${line}`) });
  const env = { ...process.env, KUBECONFIG: kubeconfig, HELM_DEBUG: undefined, HELM_NAMESPACE: undefined };
  const call: Helm['run'] = (args, input) => run(path, args, { env, input, deadlineMs: 300_000 });
  const ok: Helm['ok'] = async (args, input) => {
    const { code, stdout, stderr } = await call(args, input);
    if (code === 0) return stdout;
    throw new Error(`helm ${args.join(' ')} failed with exit code ${code}: ${stderr.trim()}`);
  };
  return {
    path,
    run: call,
    ok,
    async template(
      { values = {}, release = 'smooth-operator', namespace = 'smooth-operator-system' } = {},
      extra = [],
    ) {
      const args = ['template', release, chartPath, '--namespace', namespace, '--values', '-', ...kubeVersion];
      return manifestsIn(await ok([...args, '--skip-tests', ...extra], stringify(withImage(values))));
    },
  };
}

/** The objects of a YAML text; documents with nothing but comments are none. */
export function manifestsIn(text: string): readonly ManifestObject[] {
  return parseAllDocuments(text)
    .map((document): ManifestObject | null => {
      if (document.errors.length > 0) throw new Error(document.errors.join('\n'));
      return document.toJS();
    })
    .filter((object) => object !== null);
}

/** `Deployment smooth-operator-system/smooth-operator-controller-manager`, as messages name objects. */
export function identityOf({ kind, metadata }: ManifestObject): string {
  return `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
}
