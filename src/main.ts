import process from 'node:process';
import { createOperator } from './operator.ts';
import { type OperatorFlags, operatorFlags } from './operator-flags.ts';
import { systemClock } from './runtime/clock.ts';
import { connect } from './runtime/connect.ts';
import { ApiError } from './runtime/errors.ts';
import { parseFlags } from './runtime/flags.ts';
import { createLogger, type Logger } from './runtime/log.ts';
import { createManager, type Manager } from './runtime/manager.ts';
import { NAME, VERSION } from './version.ts';

/** The manager process: flags, wiring, start, stop. No logic. */

const program = {
  name: NAME,
  version: VERSION,
  description: 'Runs Model Context Protocol (MCP) servers on Kubernetes from MCPServer resources.',
  epilogue: [
    'Examples:',
    '  smooth-operator                                      against the current kubeconfig',
    '  smooth-operator --watch-namespaces=team-a,team-b     with rights in two namespaces only',
    '  smooth-operator --leader-elect --log-level=debug     one of several replicas, talkative',
    '',
    'A flag wins over its environment variable. Exit codes: 0 stopped, 1 failed, 2 bad flags.',
  ].join('\n'),
};

// Not `exitCode`: after a lost lease or a failure nothing is stopped in order, and open sockets, timers and servers would
// keep the process up for ever, without a lease and without a part in the election.
process.exit(await main());

async function main(): Promise<number> {
  const outcome = parseFlags(program, operatorFlags, process.argv.slice(2), process.env);
  if (outcome.kind !== 'run') {
    (outcome.exitCode === 0 ? process.stdout : process.stderr).write(`${outcome.text.trimEnd()}\n`);
    return outcome.exitCode;
  }
  const log = await createLogger({ level: outcome.values.logLevel });
  try {
    return await run(outcome.values, log);
  } catch (thrown) {
    log.error('cannot start', { error: ApiError.from(thrown) });
    return 1;
  }
}

async function run(flags: OperatorFlags, log: Logger): Promise<number> {
  // KUBECONFIG may be a list of files, which `connect` reads by itself.
  const kubeconfig = flags.kubeconfig === process.env.KUBECONFIG ? undefined : flags.kubeconfig;
  const connection = await connect({ clock: systemClock, kubeconfig });
  log.info('starting', {
    version: VERSION,
    server: connection.server.origin,
    from: connection.source,
    namespaces: flags.watchNamespaces.length === 0 ? 'all' : flags.watchNamespaces,
  });
  const ref: { manager?: Manager } = {};
  const operator = createOperator({
    connection,
    flags,
    clock: systemClock,
    log,
    onFatal: (error) => ref.manager?.fail(error),
    stopping: () => ref.manager?.stopping(),
  });
  ref.manager = createManager({ components: operator.components, clock: systemClock, log });
  return ref.manager.run();
}
