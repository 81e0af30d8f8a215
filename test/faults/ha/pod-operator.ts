/**
 * The operator as in a pod, but for the place of its service account: Kubernetes mounts that where only pods have it.
 * Everything else is as `src/main.ts` has it.
 *
 * Arguments: the directory with `token`, `ca.crt` and `namespace`; then the operator's flags.
 */
import { createOperator } from '../../../src/operator.ts';
import { operatorFlags } from '../../../src/operator-flags.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { parseFlags } from '../../../src/runtime/flags.ts';
import { inCluster } from '../../../src/runtime/in-cluster.ts';
import { createLogger } from '../../../src/runtime/log.ts';
import { createManager, type Manager } from '../../../src/runtime/manager.ts';

const [directory = '', ...args] = process.argv.slice(2);
const program = { name: 'pod-operator', version: '0', description: 'The operator with a mounted service account.' };
const outcome = parseFlags(program, operatorFlags, args, {});
if (outcome.kind !== 'run') throw new Error(outcome.text);
const log = await createLogger({ level: outcome.values.logLevel, format: 'json' });
const ref: { manager?: Manager } = {};
const operator = createOperator({
  connection: await inCluster({ clock: systemClock, env: process.env, directory }),
  flags: outcome.values,
  clock: systemClock,
  log,
  onFatal: (error) => ref.manager?.fail(error),
  stopping: () => ref.manager?.stopping(),
});
ref.manager = createManager({ components: operator.components, clock: systemClock, log });
process.exit(await ref.manager.run());
