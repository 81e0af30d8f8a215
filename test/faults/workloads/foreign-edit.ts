import type { Workload } from './workload.ts';

export const foreignEdit: Workload = {
  name: 'foreign-edit',
  about: 'somebody changes fields of both children, which are put right',
  async run(actor) {
    await actor.create('weather');
    await actor.settled('weather');
    await actor.edit('deployment', 'weather', { spec: { replicas: 4 } });
    await actor.untilChild('deployment', 'weather', '1 replica again', ({ spec }) => spec.replicas === 1);
    await actor.edit('service', 'weather', { spec: { selector: { app: 'another' } } });
    await actor.untilChild(
      'service',
      'weather',
      'its selector again',
      ({ spec }) => spec.selector['mcp.mcp.dev/server'] === 'weather',
    );
    await actor.settled('weather');
  },
};
