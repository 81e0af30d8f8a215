import { inspect } from 'node:util';

/** What happens while the tests of one file run, as far as the runner uses it. Plain data, so that it can be sent. */
export type TestEvent =
  | { readonly kind: 'enqueued'; readonly id: number; readonly parent: number; readonly name: string }
  | { readonly kind: 'started'; readonly id: number }
  | CompletedEvent
  /** A hook at the top of the file failed: it belongs to no test. */
  | { readonly kind: 'hookFailed'; readonly text: string; readonly line: number | undefined }
  /** A remark of node's about the run; an error that came too late to be any test's is told this way. */
  | { readonly kind: 'remark'; readonly text: string }
  /** Every test is done. */
  | { readonly kind: 'done' };

/** A test or a suite ended. */
export interface CompletedEvent {
  readonly kind: 'completed';
  readonly id: number;
  /** What it is declared in; 0 at the top of the file. */
  readonly parent: number;
  readonly name: string;
  /** Where it is declared; undefined when node does not know. */
  readonly line: number | undefined;
  readonly isSuite: boolean;
  readonly ms: number;
  readonly outcome: 'passed' | 'failed' | 'skipped' | 'todo';
  /** Why it is skipped or to do; empty when nobody said. */
  readonly reason: string;
  /** What failed in words, with the stack; empty when nothing did. */
  readonly text: string;
  /** True when it failed only because something in it failed, which has an event of its own. */
  readonly byChildren: boolean;
}

/** An event as `run` of `node:test` yields it; see https://nodejs.org/api/test.html#class-testsstream. */
export interface RawEvent {
  readonly type: string;
  // What is in it depends on the type, and its declared type lacks what newer versions add.
  readonly data: object | undefined;
}

/** The types of the events that the runner has a use for. */
export const eventTypes = [
  'test:enqueue',
  'test:dequeue',
  'test:complete',
  'test:fail',
  'test:diagnostic',
  'test:summary',
] as const;

/**
 * One of node's events as one of ours: the border between its stream and the runner.
 *
 * @returns undefined for an event that the runner has no use for
 */
export function eventOf({ type, data = {} }: RawEvent): TestEvent | undefined {
  const field = (name: string): unknown => Reflect.get(data, name);
  const id = Number(field('testId') ?? 0);
  switch (type) {
    case 'test:enqueue':
      return { kind: 'enqueued', id, parent: Number(field('parentId') ?? 0), name: String(field('name')) };
    case 'test:dequeue':
      return { kind: 'started', id };
    case 'test:complete':
      return completed(id, field);
    case 'test:fail': {
      // A failing test was told by test:complete. Only a failing hook of the file has no test.
      const error = errorIn(field);
      return id === 0 ? { kind: 'hookFailed', text: textOf(error), line: lineOf(field) } : undefined;
    }
    case 'test:diagnostic':
      return { kind: 'remark', text: String(field('message')) };
    case 'test:summary':
      return { kind: 'done' };
    default:
      return undefined;
  }
}

type Field = (name: string) => unknown;

function completed(id: number, field: Field): CompletedEvent {
  const details = Object(field('details'));
  const error = errorIn(field);
  const skip = field('skip');
  const todo = field('todo');
  const marked = skip ?? todo;
  return {
    kind: 'completed',
    id,
    parent: Number(field('parentId') ?? 0),
    name: String(field('name')),
    line: lineOf(field),
    isSuite: Reflect.get(details, 'type') === 'suite',
    ms: Number(Reflect.get(details, 'duration_ms') ?? 0),
    outcome: isSet(skip) ? 'skipped' : isSet(todo) ? 'todo' : error === undefined ? 'passed' : 'failed',
    reason: typeof marked === 'string' ? marked : '',
    text: error === undefined ? '' : textOf(error),
    byChildren: Object(error).failureType === 'subtestsFailed',
  };
}

/** `skip: true` and `skip: ''` both skip; only the first is a word. */
function isSet(mark: unknown): boolean {
  return mark !== undefined && mark !== false;
}

function errorIn(field: Field): unknown {
  return Reflect.get(Object(field('details')), 'error');
}

function lineOf(field: Field): number | undefined {
  const line = field('line');
  return typeof line === 'number' ? line : undefined;
}

/** What was thrown, as node would print it, without the frames that are node's own. */
function textOf(error: unknown): string {
  // Node wraps what a test throws; an error while the file loads comes as it is.
  const thrown = Object(error).code === 'ERR_TEST_FAILURE' ? (Object(error).cause ?? error) : error;
  const text = wordsOf(thrown);
  return text
    .split('\n')
    .filter((line) => !/^\s+at .*\(?node:internal\/|^\s+at .*\(node:async_hooks/.test(line))
    .join('\n');
}

function wordsOf(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  // Node prints neither of the two that it carries: what the test threw, and what its clean-up threw after that.
  if (thrown instanceof SuppressedError) return `${wordsOf(thrown.suppressed)}\nand then: ${wordsOf(thrown.error)}`;
  // A failed assertion says what differs in its message, and would only say it again in its fields.
  if (thrown instanceof Error && Object(thrown).code === 'ERR_ASSERTION') return thrown.stack ?? thrown.message;
  return inspect(thrown, { depth: 6, maxArrayLength: 200, colors: false });
}

/**
 * A line that a test process sent, as an event.
 *
 * @returns undefined when it is none
 */
export function parseEvent(line: string): TestEvent | undefined {
  try {
    const event: TestEvent | null = JSON.parse(line);
    return typeof event === 'object' && typeof event?.kind === 'string' ? event : undefined;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}
