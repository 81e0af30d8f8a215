import type { Workload } from './workload.ts';

export const twoServers: Workload = {
  name: 'two-servers',
  about: 'two servers are created at once; one is changed, the other deleted',
  async run(actor) {
    await Promise.all([actor.create('weather'), actor.create('maps')]);
    await actor.settled('weather');
    await actor.settled('maps');
    await actor.change('weather', { replicas: 2 });
    await actor.remove('maps');
    await actor.settled('weather');
  },
};
