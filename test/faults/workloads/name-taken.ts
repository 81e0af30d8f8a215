import type { Workload } from './workload.ts';

/** The change at the end has the name tried at once; without one it would be tried in ten seconds. */
export const nameTaken: Workload = {
  name: 'name-taken',
  about: 'a Service of somebody else is in the way, is left alone, and goes',
  async run(actor) {
    await actor.createForeign('service', { metadata: { name: 'weather' }, spec: { ports: [{ port: 80 }] } });
    await actor.create('weather');
    await actor.untilReason('weather', 'Accepted', 'ForeignObject');
    await actor.removeForeign('service', 'weather');
    await actor.change('weather', { image: 'example.com/weather:2.0' });
    await actor.settled('weather');
  },
};
