import { ClusterError } from '../cluster/cluster-error.ts';
import { type Report, withHeartbeat } from '../cluster/progress.ts';
import type { DemoKubectl } from './kubectl.ts';

/** An MCPServer in `config/samples`. */
export interface Sample {
  readonly name: string;
}

/** Applies everything in a kustomize folder. */
export async function applySamples(kubectl: DemoKubectl, folder: string): Promise<void> {
  await kubectl.read('apply', '-k', folder);
}

/** Waits until an MCP client gets an answer from every pod of a server. @throws ClusterError with what its conditions say */
export function waitForReady(kubectl: DemoKubectl, name: string, report: Report): Promise<void> {
  return waitFor(kubectl, name, 'condition=Ready', report);
}

/** Waits until the operator has looked at a server: as far as it goes where pods are not started. */
export function waitForStatus(kubectl: DemoKubectl, name: string, report: Report): Promise<void> {
  return waitFor(kubectl, name, 'jsonpath={.status.observedGeneration}', report);
}

async function waitFor(kubectl: DemoKubectl, name: string, what: string, report: Report): Promise<void> {
  const wait = () => kubectl.read('wait', `smcp/${name}`, `--for=${what}`, '--timeout=120s');
  try {
    await withHeartbeat(report, `waiting for ${name}`, wait);
  } catch (thrown) {
    const conditions = '{range .status.conditions[*]}{.type}={.status} {.reason}: {.message}{"\\n"}{end}';
    const tail = (await kubectl.read('get', 'smcp', name, '-o', `jsonpath=${conditions}`)).trimEnd().split('\n');
    throw new ClusterError('DeadlinePassed', `MCPServer ${name} did not get there`, {
      component: `MCPServer ${name}`,
      tail,
      fix: `look at it: npm run cluster -- kubectl describe smcp ${name}`,
      cause: thrown,
    });
  }
  const words = 'jsonpath={.status.phase}: {.status.conditions[?(@.type=="Ready")].message}';
  report(`${name} is ${await kubectl.read('get', 'smcp', name, '-o', words)}`);
}

/** Where a server's Service is, for a client on this machine: its cluster IP, not its name, since the host asks no cluster DNS. */
export async function serviceUrl(kubectl: DemoKubectl, name: string): Promise<string> {
  const address = await kubectl.read('get', 'service', name, '-o', 'jsonpath={.spec.clusterIP}:{.spec.ports[0].port}');
  return `http://${address}/mcp`;
}
