import type { Workload } from './workload.ts';

export const stopAndStart: Workload = {
  name: 'stop-and-start',
  about: 'a server is stopped with 0 replicas and started again',
  async run(actor) {
    await actor.create('weather');
    await actor.settled('weather');
    await actor.change('weather', { replicas: 0 });
    await actor.settled('weather');
    await actor.change('weather', { replicas: 1 });
    await actor.settled('weather');
  },
};
