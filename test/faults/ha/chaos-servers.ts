import type { MCPServer } from '../../../src/api/v1alpha1/mcp-server.ts';
import type { Playground } from '../../e2e/support/playground.ts';
import type { UserAction, Wish } from './chaos-model.ts';

/** Does what a user does, with the image of the sample server, which listens where `PORT` says. */
export async function carryOut(playground: Playground, image: string, action: UserAction): Promise<void> {
  const { name } = action;
  if (action.do !== 'apply') await playground.kubectl('delete', 'smcp', name, '--wait=false');
  if (action.do === 'replace') await playground.kubectl('wait', '--for=delete', `smcp/${name}`, '--timeout=120s');
  if (action.do === 'delete') return;
  const { replicas, port, colour } = action.wish;
  const env = [
    { name: 'COLOUR', value: colour },
    { name: 'PORT', value: String(port) },
  ];
  await playground.applyServer(name, { image, replicas, port, env });
}

/** The parts of a Deployment and a Service that a wish shows in. */
interface Child {
  readonly kind: string;
  readonly spec: {
    readonly replicas?: number;
    readonly ports?: readonly { readonly port: number }[];
    readonly template?: {
      readonly spec: {
        readonly containers: readonly {
          readonly ports: readonly { readonly containerPort: number }[];
          readonly env: readonly { readonly name: string; readonly value?: string }[];
        }[];
      };
    };
  };
}

/**
 * Compares a server with what was wished for.
 *
 * @param wish undefined: it is to be gone, with all that was made for it
 * @returns what is wrong, a sentence each
 */
export async function wrongWith(
  playground: Playground,
  name: string,
  wish: Wish | undefined,
): Promise<readonly string[]> {
  const read = async <T>(...what: string[]): Promise<readonly T[]> =>
    JSON.parse(await playground.kubectl('get', ...what, '-o', 'json')).items;
  const [server] = (await read<MCPServer>('smcp', `--field-selector=metadata.name=${name}`)) ?? [];
  const children = await read<Child>('deploy,svc', `-l`, `mcp.mcp.dev/server=${name}`);
  const told = (wrong: string) => `${name}: ${wrong}`;
  if (wish === undefined) {
    return [server && 'is still there', children.length > 0 && `${children.length} children are left`]
      .filter((wrong) => typeof wrong === 'string')
      .map(told);
  }
  if (server === undefined) return [told('is lost')];
  const deployments = children.filter(({ kind }) => kind === 'Deployment');
  const services = children.filter(({ kind }) => kind === 'Service');
  const [container] = deployments[0]?.spec.template?.spec.containers ?? [];
  const { status, metadata } = server;
  const facts: readonly (readonly [what: string, is: unknown, wished: unknown])[] = [
    ['Deployments', deployments.length, 1],
    ['Services', services.length, 1],
    ['observedGeneration', status?.observedGeneration, metadata.generation],
    ['phase', status?.phase, wish.replicas === 0 ? 'Stopped' : 'Running'],
    ['replicas', deployments[0]?.spec.replicas, wish.replicas],
    ['port of the Deployment', container?.ports[0]?.containerPort, wish.port],
    ['port of the Service', services[0]?.spec.ports?.[0]?.port, wish.port],
    ['COLOUR', container?.env.find((each) => each.name === 'COLOUR')?.value, wish.colour],
  ];
  return facts
    .filter(([, is, wished]) => is !== wished)
    .map(([what, is, wished]) => told(`${what} is ${JSON.stringify(is)} instead of ${JSON.stringify(wished)}`));
}
