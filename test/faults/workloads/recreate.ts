import type { Workload } from './workload.ts';

export const recreate: Workload = {
  name: 'recreate',
  about: 'a server is deleted, and one of the same name is created at once',
  async run(actor) {
    await actor.create('weather');
    await actor.settled('weather');
    await actor.remove('weather', false);
    await actor.create('weather', { image: 'example.com/weather:2.0' });
    await actor.settled('weather');
  },
};
