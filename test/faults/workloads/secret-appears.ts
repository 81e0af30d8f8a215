import type { Workload } from './workload.ts';

export const secretAppears: Workload = {
  name: 'secret-appears',
  about: 'a server names a Secret that is missing, and later is there',
  async run(actor) {
    await actor.create('weather', { secretName: 'keys' });
    await actor.untilReason('weather', 'Accepted', 'SecretNotFound');
    await actor.secret('keys', { API_KEY: 'one' });
    await actor.settled('weather');
  },
};
