import type { Workload } from './workload.ts';

export const namespaceReplaced: Workload = {
  name: 'namespace-replaced',
  about: 'the namespace is deleted with a server in it, and made again with another',
  losesRights: true,
  async run(actor) {
    await actor.create('weather');
    await actor.settled('weather');
    await actor.replaceNamespace();
    await actor.create('weather', { image: 'example.com/weather:2.0' });
    await actor.settled('weather');
  },
};
