import type { Workload } from './workload.ts';

export const childDeleted: Workload = {
  name: 'child-deleted',
  about: 'somebody deletes the Service, then the Deployment; both come back',
  async run(actor) {
    await actor.create('weather');
    await actor.settled('weather');
    await actor.removeChild('service', 'weather');
    await actor.removeChild('deployment', 'weather');
    await actor.settled('weather');
  },
};
