import type { Workload } from './workload.ts';

export const deletion: Workload = {
  name: 'delete',
  about: 'a server is deleted, and everything that was made for it goes',
  async run(actor) {
    await actor.create('weather');
    await actor.settled('weather');
    await actor.remove('weather');
  },
};
