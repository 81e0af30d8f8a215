import type { Workload } from './workload.ts';

export const restrictedNamespace: Workload = {
  name: 'restricted-namespace',
  about: 'the namespace begins to enforce the restricted Pod Security level',
  async run(actor) {
    await actor.create('weather');
    await actor.settled('weather');
    await actor.labelNamespace({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    await actor.untilChild(
      'deployment',
      'weather',
      'pods that may not run as root',
      ({ spec }) => spec.template.spec.securityContext.runAsNonRoot === true,
    );
    await actor.settled('weather');
  },
};
