import type { Workload } from './workload.ts';

export const create: Workload = {
  name: 'create',
  about: 'a server is created and runs',
  async run(actor) {
    await actor.create('weather');
    await actor.settled('weather');
  },
};
