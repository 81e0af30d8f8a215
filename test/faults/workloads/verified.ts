import type { Workload } from './workload.ts';

/** Pods serve only while their gates are open, so every write of a pod's status matters. */
export const verified: Workload = {
  name: 'verified',
  about: 'the pods of a server are asked over MCP, and their gates opened, in two rollouts',
  pods: 'serving',
  async run(actor) {
    // The longest timeout: on a busy machine a pod that is asked must not fail for being slow.
    const verify = { disabled: false, interval: '30s', timeout: '60s' };
    await actor.create('weather', { port: actor.mcpPort, health: { type: 'MCP' }, verify });
    await actor.settled('weather');
    await actor.change('weather', { replicas: 2, image: 'example.com/weather:2.0' });
    await actor.settled('weather');
  },
};
