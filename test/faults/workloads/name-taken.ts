import type { Workload } from './workload.ts';

/** The change at the end is one of the Service, too: so its name is tried at once, and not in ten seconds. */
export const nameTaken: Workload = {
  name: 'name-taken',
  about: 'a Service of somebody else is in the way, is left alone, and goes',
  // On a slow machine the ten seconds are over before the change, and the Deployment is made before it.
  varies: ['Deployment/weather metadata.annotations.deployment.kubernetes.io/revision'],
  async run(actor) {
    await actor.createForeign('service', { metadata: { name: 'weather' }, spec: { ports: [{ port: 80 }] } });
    await actor.create('weather');
    await actor.untilReason('weather', 'Accepted', 'ForeignObject');
    await actor.removeForeign('service', 'weather');
    await actor.change('weather', { port: 9000 });
    await actor.settled('weather');
  },
};
