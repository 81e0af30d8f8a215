/**
 * How an operator takes part in a race: how its process is started, what a resource of its looks like, and how to see that
 * it has done its work. Nothing of the operator itself belongs into this repository.
 */

/** One thing that must hold of an object. */
export interface FieldCheck {
  /** The field, with dots: `status.phase`. A condition by its type: `status.conditions[Ready].status`. */
  readonly path: string;
  /** What it must be. `{generation}` stands for the object's own `metadata.generation`. Default: that it is there. */
  readonly equals?: string | number | boolean;
}

/** A kind of object. */
export interface CollectionRef {
  /** `/apis/apps/v1`, or `/api/v1` for the core group. */
  readonly api: string;
  /** `deployments`. */
  readonly plural: string;
}

/** A child that every resource gets. */
export interface ChildRef extends CollectionRef {
  /** Its name; `{name}` is the resource's. Default: `{name}`. */
  readonly name: string;
}

/** One that takes part. In its texts `{kubeconfig}`, `{dir}`, `{healthPort}` and `{metricsPort}` are filled in. */
export interface Adapter {
  /** How it is called in tables. */
  readonly name: string;
  /** The program and its arguments. A path that begins with `./` is relative to the adapter's file. */
  readonly command: readonly string[];
  /** Added to PATH and HOME, which is all the environment that it has. Default: nothing. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether it runs on Node, so that its event loop can be measured and profiled. Default: no. */
  readonly node: boolean;
  /** When it is up: a URL that answers 200, or a line on its output. Default: at once. */
  readonly ready: { readonly url: string } | { readonly line: string } | undefined;
  /** Files with what must be in the cluster first, its CRD above all: YAML, relative to the adapter's file. */
  readonly manifests: readonly string[];
  /** The kind that is created, and one of them. `{name}` and `{namespace}` are filled in. */
  readonly resource: CollectionRef;
  readonly template: object;
  /** What comes of it. The first one is the workload, whose status the harness writes. */
  readonly children: readonly ChildRef[];
  /** What its status must say when its children exist. */
  readonly created: readonly FieldCheck[];
  /** What the harness writes into the workload's status, as a controller of Kubernetes would; and what must come of it. */
  readonly available: { readonly status: object; readonly checks: readonly FieldCheck[] } | undefined;
  /** What is changed in the resource, as a merge patch; and what must come of it, in the workload and in the resource. */
  readonly scale:
    | { readonly patch: object; readonly workload: readonly FieldCheck[]; readonly checks: readonly FieldCheck[] }
    | undefined;
  /** What its status must say when deleted children are there again. */
  readonly recreated: readonly FieldCheck[];
}

/** What is wrong with an adapter's file. */
export class AdapterError extends Error {
  override readonly name = 'AdapterError';
}

/**
 * An adapter as its author wrote it, checked, with the defaults filled in.
 *
 * @param value parsed JSON
 * @param file for messages
 * @throws AdapterError that names the field, what it is and what it should be
 */
export function parseAdapter(value: unknown, file: string): Adapter {
  const of = reader(file);
  const top = of.record(value, 'the adapter');
  const known = new Set(Object.keys(fields));
  const unknown = Object.keys(top).find((key) => !known.has(key));
  if (unknown !== undefined) {
    throw new AdapterError(`${file}: there is no field "${unknown}"; there are ${[...known].join(', ')}`);
  }
  const checks = (of_: unknown, path: string) =>
    of.list(of_ ?? [], path).map((each, at) => fieldCheck(of, each, `${path}[${at}]`));
  const collection = (of_: unknown, path: string): CollectionRef => {
    const ref = of.record(of_, path);
    return { api: of.text(ref.api, `${path}.api`), plural: of.text(ref.plural, `${path}.plural`) };
  };
  const children = of.list(top.children, 'children').map((child, at) => ({
    ...collection(child, `children[${at}]`),
    name: of.text(of.record(child, `children[${at}]`).name ?? '{name}', `children[${at}].name`),
  }));
  if (children.length === 0)
    throw new AdapterError(`${file}: children is empty; name the objects that a resource gets`);
  const texts = (value_: unknown, path: string) =>
    of.list(value_ ?? [], path).map((each, at) => of.text(each, `${path}[${at}]`));
  const command = texts(top.command, 'command');
  if (command.length === 0) throw new AdapterError(`${file}: command is empty; it is the program and its arguments`);
  const available = top.available === undefined ? undefined : of.record(top.available, 'available');
  const scale = top.scale === undefined ? undefined : of.record(top.scale, 'scale');
  return {
    name: of.text(top.name, 'name'),
    command,
    env: Object.fromEntries(
      Object.entries(of.record(top.env ?? {}, 'env')).map(([key, each]) => [key, of.text(each, `env.${key}`)]),
    ),
    node: top.node === true,
    ready: readiness(of, top.ready),
    manifests: texts(top.manifests, 'manifests'),
    resource: collection(top.resource, 'resource'),
    template: of.record(top.template, 'template'),
    children,
    created: checks(top.created, 'created'),
    available: available && {
      status: of.record(available.status, 'available.status'),
      checks: checks(available.checks, 'available.checks'),
    },
    scale: scale && {
      patch: of.record(scale.patch, 'scale.patch'),
      workload: checks(scale.workload, 'scale.workload'),
      checks: checks(scale.checks, 'scale.checks'),
    },
    recreated: checks(top.recreated, 'recreated'),
  };
}

/** Every field that there is, so that a typing error is told. */
const fields: Readonly<Record<keyof Adapter, true>> = {
  name: true,
  command: true,
  env: true,
  node: true,
  ready: true,
  manifests: true,
  resource: true,
  template: true,
  children: true,
  created: true,
  available: true,
  scale: true,
  recreated: true,
};

type Reader = ReturnType<typeof reader>;

function reader(file: string) {
  const fail = (path: string, wanted: string, value: unknown): never => {
    throw new AdapterError(`${file}: ${path} must be ${wanted}, not ${JSON.stringify(value) ?? 'absent'}`);
  };
  return {
    record(value: unknown, path: string): Readonly<Record<string, unknown>> {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail(path, 'an object', value);
      return { ...value };
    },
    list: (value: unknown, path: string): readonly unknown[] =>
      Array.isArray(value) ? value : fail(path, 'a list', value),
    text: (value: unknown, path: string): string =>
      typeof value === 'string' && value !== '' ? value : fail(path, 'a text', value),
    fail,
  };
}

function fieldCheck(of: Reader, value: unknown, path: string): FieldCheck {
  const check = of.record(value, path);
  const { equals } = check;
  const field = of.text(check.path, `${path}.path`);
  if (equals === undefined) return { path: field };
  if (typeof equals === 'string' || typeof equals === 'number' || typeof equals === 'boolean') {
    return { path: field, equals };
  }
  return of.fail(`${path}.equals`, 'a text, a number, true or false', equals);
}

function readiness(of: Reader, value: unknown): Adapter['ready'] {
  if (value === undefined) return undefined;
  const { url, line } = of.record(value, 'ready');
  if (url !== undefined) return { url: of.text(url, 'ready.url') };
  return { line: of.text(line, 'ready.url or ready.line') };
}
