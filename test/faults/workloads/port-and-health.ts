import type { Workload } from './workload.ts';

export const portAndHealth: Workload = {
  name: 'port-and-health',
  about: 'the port moves, and with it how the server is asked whether it is alive',
  async run(actor) {
    await actor.create('weather');
    await actor.settled('weather');
    await actor.change('weather', { port: 9000, health: { type: 'TCP', periodSeconds: 5 } });
    await actor.settled('weather');
    await actor.change('weather', { port: 9001, health: { type: 'HTTP', path: '/healthz' } });
    await actor.settled('weather');
  },
};
