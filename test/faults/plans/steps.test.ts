import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { recordingOf, referenceOf } from './recording-script.ts';
import { recordingUntil } from './reference.ts';
import { allSteps, commonSteps, countOf, isSteady } from './steps.ts';

/** Each step in short: `apply services weather 1`. */
function requestsOf(first: string, second?: string) {
  const { requests } = commonSteps(referenceOf('w', first, second));
  return requests.map(({ match: { verb, resource, subresource, name = '*' }, nth }) =>
    [verb, `${resource}${subresource ? `/${subresource}` : ''}`, name, nth].join(' '),
  );
}

function eventsOf(first: string, second?: string) {
  const { events } = commonSteps(referenceOf('w', `watch pods\n${first}`, second && `watch pods\n${second}`));
  return events.map(({ match: { type, resource, name = '*' }, nth }) => `${type} ${resource} ${name} ${nth}`);
}

describe('the steps of a workload', () => {
  it('are counted each among its like', () => {
    assert.deepEqual(
      requestsOf(`
        apply services weather
        apply services other
        apply services weather
        apply mcpservers/status weather
        apply mcpservers weather`),
      [
        'apply services weather 1',
        'apply services other 1',
        'apply services weather 2',
        'apply mcpservers/status weather 1',
        'apply mcpservers weather 1',
      ],
    );
  });

  it('are those that both runs have, in the order of the first', () => {
    assert.deepEqual(
      requestsOf(
        `apply services weather
         apply deployments weather
         apply services weather`,
        `apply deployments weather
         apply services weather
         delete services weather`,
      ),
      ['apply services weather 1', 'apply deployments weather 1'],
    );
  });

  it('know the namespace of the run by its placeholder', () => {
    assert.deepEqual(requestsOf('get namespaces $namespace'), ['get namespaces $namespace 1']);
  });

  it('have no names where one run has others than the other', () => {
    const run = (suffix: string) => `
      < ADDED pods weather-${suffix}
      < MODIFIED pods weather-${suffix}
      < ADDED pods other-${suffix}`;
    assert.deepEqual(eventsOf(run('x7'), run('k2')), ['ADDED pods * 1', 'MODIFIED pods * 1', 'ADDED pods * 2']);
    assert.deepEqual(eventsOf(run('0')), [
      'ADDED pods weather-0 1',
      'MODIFIED pods weather-0 1',
      'ADDED pods other-0 1',
    ]);
  });

  it('count the changes of each generation by themselves, however often a status moves', () => {
    const run = (moves: number) => {
      const change = (generation: number) => `< MODIFIED pods w {"metadata":{"generation":${generation}}}`;
      return ['< ADDED pods w', ...Array.from({ length: moves }, () => change(1)), change(2), change(2)].join('\n');
    };
    const { events } = commonSteps(referenceOf('w', `watch pods\n${run(3)}`, `watch pods\n${run(1)}`));
    assert.deepEqual(
      events.map((step) => [step.match.type, step.match.diff?.['/metadata/generation'], step.nth, isSteady(step)]),
      [
        ['ADDED', undefined, 1, true],
        ['MODIFIED', 1, 1, true],
        ['MODIFIED', 2, 1, true],
        ['MODIFIED', 2, 2, false],
      ],
    );
  });

  it('may be those that either run has', () => {
    const { requests } = allSteps(referenceOf('w', 'list pods\napply pods a', 'apply pods a\napply pods a'));
    assert.deepEqual(
      requests.map(({ match, nth }) => `${match.verb} ${nth}`),
      ['list 1', 'apply 1', 'apply 2'],
    );
  });

  it('leave out bookmarks, leases and what goes on to pods', () => {
    assert.deepEqual(eventsOf('< BOOKMARK pods -\n< ADDED pods p'), ['ADDED pods p 1']);
    assert.deepEqual(requestsOf('update leases.coordination.k8s.io l\nother pods/proxy p\nlist pods'), [
      'list pods * 1',
    ]);
  });
});

it('a recording ends before the first entry that is not the workload’s', () => {
  const recording = recordingOf('# a\nlist pods\n# the end\nlist pods');
  const part = recordingUntil(recording, (entry) => entry.kind === 'note' && entry.text === 'the end');
  assert.deepEqual(part.entries, recording.entries.slice(0, 2));
  assert.equal(
    recordingUntil(recording, () => false),
    recording,
  );
  assert.equal(
    countOf(recording, ({ verb }) => verb === 'list'),
    2,
  );
});
