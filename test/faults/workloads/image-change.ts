import type { Workload } from './workload.ts';

export const imageChange: Workload = {
  name: 'image-change',
  about: 'a server gets a new image, which rolls out',
  async run(actor) {
    await actor.create('weather');
    await actor.settled('weather');
    await actor.change('weather', { image: 'example.com/weather:2.0' });
    await actor.settled('weather');
  },
};
