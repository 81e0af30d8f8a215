import type { Workload } from './workload.ts';

export const scale: Workload = {
  name: 'scale',
  about: 'a server grows to three replicas and shrinks to two',
  async run(actor) {
    await actor.create('weather');
    await actor.settled('weather');
    await actor.change('weather', { replicas: 3 });
    await actor.settled('weather');
    await actor.change('weather', { replicas: 2 });
    await actor.settled('weather');
  },
};
