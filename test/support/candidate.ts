/**
 * A candidate for a lease, to be run in a process of its own: while it leads, it counts up in a ConfigMap as fast as it
 * can. Everything in it is the operator's own: manager, election, client and fence.
 *
 * Arguments: kubeconfig, namespace, identity, lease duration, renew deadline and retry period in milliseconds.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/runtime/clock.ts';
import type { Component } from '../../src/runtime/component.ts';
import { connect } from '../../src/runtime/connect.ts';
import { createElection, type Election } from '../../src/runtime/election.ts';
import { ApiError } from '../../src/runtime/errors.ts';
import { createClient } from '../../src/runtime/kube-client.ts';
import { createLogger } from '../../src/runtime/log.ts';
import { createManager } from '../../src/runtime/manager.ts';
import { configMap, configMaps } from './test-resources.ts';

const [kubeconfig = '', namespace = '', identity = '', duration = '', deadline = '', period = ''] =
  process.argv.slice(2);
const clock = systemClock;
const log = await createLogger({ level: 'debug', format: 'json' });
const elected: { election?: Election } = {};
const client = createClient({
  connection: await connect({ clock, kubeconfig, env: {} }),
  clock,
  fieldManager: identity,
  fence: (resource) => elected.election?.fence(resource),
});

const writer: Component & { stopped: boolean } = {
  name: 'writer',
  stopped: false,
  start() {
    void write();
  },
  stop() {
    this.stopped = true;
  },
};

/** Writes without asking whether it leads: that is the fence's part. */
async function write(): Promise<void> {
  for (let count = 1; !writer.stopped; count += 1) {
    try {
      await client.apply(configMaps, configMap(namespace, identity, { count: String(count) }));
      if (count === 1) log.info('wrote');
    } catch (thrown) {
      log.debug('write refused', { code: ApiError.from(thrown).code });
    }
    await sleep(20);
  }
}

const election = createElection({
  client,
  namespace,
  name: 'candidates',
  identity,
  clock,
  log,
  leaseDurationMs: Number(duration),
  renewDeadlineMs: Number(deadline),
  retryPeriodMs: Number(period),
  onLost: (error) => manager.fail(error),
});
elected.election = election;
const manager = createManager({ components: [election, writer], clock, log });
process.exit(await manager.run());
