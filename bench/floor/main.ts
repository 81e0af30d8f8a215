import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { readKubeconfig } from '../../cluster/kubeconfig.ts';
import { createApi } from '../kube/api.ts';
import { runFloor } from './floor.ts';

// The yardstick as a process. Says "ready" when it has seen what exists. SIGTERM ends it.

const help = `Usage: node bench/floor/main.ts --kubeconfig=FILE [--concurrency=N]

Gives every MCPServer its Deployment, Service and status with the fewest writes, as fast as one process can. No operator:
the yardstick that bench/race measures operators with.

  --kubeconfig FILE   as cluster/kubeconfig.ts writes them: one cluster, one user, everything inside
  --concurrency N     servers that are worked on at a time (default 16, two requests each)`;

const { values } = parseArgs({
  options: {
    kubeconfig: { type: 'string' },
    concurrency: { type: 'string', default: '16' },
    help: { type: 'boolean', default: false },
  },
});

function fail(error: Error): never {
  console.error(`floor: ${error.message}`);
  process.exit(1);
}

if (values.help) console.log(help);
else if (values.kubeconfig === undefined) fail(new Error('--kubeconfig is missing; --help tells more'));
else {
  const stopping = new AbortController();
  process.once('SIGTERM', () => {
    stopping.abort();
    process.exit(0);
  });
  const who = readKubeconfig(await readFile(values.kubeconfig, 'utf8'));
  const concurrency = Number(values.concurrency);
  const api = createApi(who, 'floor', 2 * concurrency);
  await runFloor({ api, concurrency, signal: stopping.signal, onFailure: fail });
  console.log('ready');
}
