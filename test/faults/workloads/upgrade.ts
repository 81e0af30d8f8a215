import type { Workload } from './workload.ts';

/** The next version gives pods another setting, so it has to roll out what the one before has made. */
export const upgrade: Workload = {
  name: 'upgrade',
  about: 'the operator is replaced by its next version while a change rolls out',
  async run(actor) {
    await actor.create('weather');
    await actor.settled('weather');
    await actor.change('weather', { image: 'example.com/weather:2.0' });
    await actor.untilChild(
      'deployment',
      'weather',
      'the new image',
      ({ spec }) => spec.template.spec.containers[0].image === 'example.com/weather:2.0',
    );
    await actor.upgrade();
    await actor.untilChild(
      'deployment',
      'weather',
      'what the next version wants',
      ({ spec }) =>
        spec.template.spec.terminationGracePeriodSeconds === 20 &&
        spec.template.spec.containers[0].image === 'example.com/weather:2.0',
    );
    await actor.settled('weather');
  },
};
