import type { Workload } from './workload.ts';

export const hastyChanges: Workload = {
  name: 'hasty-changes',
  about: 'a server is changed three times without waiting; the last change counts',
  // How many of the changes the operator sees one by one, and rolls out, is a matter of time.
  varies: ['Deployment/weather metadata.annotations.deployment.kubernetes.io/revision'],
  async run(actor) {
    await actor.create('weather', { replicas: 2 });
    await actor.change('weather', { port: 9000 });
    await actor.change('weather', { replicas: 1, sessionAffinity: 'ClientIP' });
    await actor.change('weather', { port: 9001 });
    await actor.settled('weather');
  },
};
