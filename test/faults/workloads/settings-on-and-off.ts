import type { Workload } from './workload.ts';

/** Nothing is left behind of what is taken back: not in the Deployment, and not in the Service. */
export const settingsOnAndOff: Workload = {
  name: 'settings-on-and-off',
  about: 'optional settings of both children are set and removed again',
  async run(actor) {
    await actor.secret('keys', { API_KEY: 'one' });
    await actor.create('weather');
    await actor.settled('weather');
    await actor.change('weather', {
      secretName: 'keys',
      sessionAffinity: 'ClientIP',
      args: ['--verbose'],
      resources: { limits: { memory: '64Mi' } },
    });
    await actor.settled('weather');
    await actor.change('weather', { secretName: null, sessionAffinity: 'None', args: null, resources: null });
    await actor.settled('weather');
  },
};
