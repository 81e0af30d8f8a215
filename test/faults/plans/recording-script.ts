import { createFakeClock } from '../../support/fake-clock.ts';
import type { Verb } from '../proxy/call.ts';
import type { OpenRequest } from '../proxy/recorder.ts';
import { createRecorder } from '../proxy/recorder.ts';
import type { Recording } from '../proxy/trace.ts';
import type { Reference } from './reference.ts';

/**
 * A recording from a script, one line an entry:
 *
 *     # creates MCPServer weather
 *     watch mcpservers
 *     < ADDED mcpservers weather @5 {"spec":{"replicas":1}}
 *     apply mcpservers/status weather @6 {"status":{}}
 *     = 2
 *
 * `@5` is the version of the event's object, or of the object that a write was answered with; what follows is the rest of
 * the object, or the body. `= 2`: from here on it is the operator's second process.
 *
 * @param namespace of this run: `$namespace` stands for it
 */
export function recordingOf(script: string, namespace = 'run-1'): Recording {
  const recorder = createRecorder(createFakeClock());
  const watches = new Map<string, OpenRequest>();
  let instance = '1';
  for (const line of script.split('\n').map((each) => each.trim())) {
    if (line === '') continue;
    if (line.startsWith('#')) recorder.note(instance, line.slice(2).replaceAll('$namespace', namespace));
    else if (line.startsWith('<')) addEvent(line);
    else if (line.startsWith('=')) instance = line.slice(2);
    else addRequest(line);
  }
  return { placeholders: { $namespace: namespace }, entries: recorder.entries };

  function addEvent(line: string): void {
    const [, type = '', resource = '', name = ''] = line.split(' ');
    const watch = watches.get(resource);
    if (watch === undefined) throw new RangeError(`no watch of ${resource} is open: ${line}`);
    const more = jsonOf(line);
    const metadata = {
      namespace,
      name: named(name),
      uid: `uid-${name}`,
      resourceVersion: versionOf(line),
      ...more.metadata,
    };
    recorder.event(watch, type, { ...more, metadata });
  }

  function addRequest(line: string): void {
    const [verb = '', target = '', word] = line.split(' ');
    const [resource = '', subresource] = target.split('/');
    const name = word === undefined || /^[@{]/.test(word) ? undefined : named(word);
    const body = line.includes('{') ? jsonOf(line) : undefined;
    const call = { verb: verb as Verb, resource, subresource, name, namespace, path: '', query: {} };
    const entry = recorder.request(call, { instance, connection: 1, text: JSON.stringify(body) ?? '', body });
    const resourceVersion = versionOf(line);
    recorder.committed(entry, { status: 200, body: { metadata: { resourceVersion } } });
    recorder.ended(entry, 'answered', 200);
    if (verb === 'watch') watches.set(resource, entry);
  }

  function named(name: string): string {
    return name.replace('$namespace', namespace);
  }
}

/** Two runs of the same script, or of two, in different namespaces. */
export function referenceOf(workload: string, first: string, second = first): Reference {
  return { workload, runs: [recordingOf(first, 'run-1'), recordingOf(second, 'run-2')] };
}

function versionOf(line: string): string | undefined {
  return / @(\d+)/.exec(line)?.[1];
}

function jsonOf(line: string): { readonly metadata?: object } {
  return line.includes('{') ? JSON.parse(line.slice(line.indexOf('{'))) : {};
}
