import type { Failure, Outcome, Skip } from './outcome.ts';
import type { CompletedEvent, TestEvent } from './test-event.ts';

/** How the process of a test file ended. */
export interface ProcessEnd {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why the runner ended it; undefined when it ended by itself. */
  readonly endedBecause: string | undefined;
  /** True when the user ended it, which is nobody's failure. */
  readonly interrupted: boolean;
}

/** Counts the tests of one file, event by event. */
export interface FileTally {
  take(event: TestEvent): void;
  /** The full names of the tests that run now, outermost first: `suite › test`. */
  running(): readonly string[];
  /** True when at least one test ran and none is running or waiting: nothing more should come but the end. */
  isIdle(): boolean;
  /**
   * The result, once the process has ended.
   *
   * @param output the last lines that the process printed
   */
  finish(end: ProcessEnd, output: readonly string[]): Outcome;
}

const noTest = 'A test file without a test checks nothing: add one, or remove the file.';

/**
 * A tally for one file.
 *
 * @param path of the file, relative to the root of the repository
 * @param absolutePath of the same file: node names a test after it when the file itself fails, or declares no test
 * @param filtered true when only some tests were asked for, so that a file may well have none of them
 */
export function createFileTally(path: string, absolutePath: string, filtered: boolean): FileTally {
  const tests = new Map<number, { readonly name: string; readonly parent: number }>();
  const running = new Set<number>();
  const waiting = new Set<number>();
  const failures: Failure[] = [];
  const skips: Skip[] = [];
  const remarks: string[] = [];
  let passed = 0;
  let done = false;

  function fullName(name: string, parent: number): string {
    const outer = tests.get(parent);
    return outer === undefined ? name : `${fullName(outer.name, outer.parent)} › ${name}`;
  }

  const runningNow = () =>
    [...running].flatMap((id) => {
      const test = tests.get(id);
      return test === undefined ? [] : [fullName(test.name, test.parent)];
    });

  const fail = (title: string, text: string, line?: number) =>
    failures.push({ title, where: line === undefined ? path : `${path}:${line}`, text });

  function complete(event: CompletedEvent): void {
    const { id, parent, name, line, outcome, reason, text } = event;
    running.delete(id);
    waiting.delete(id);
    if (name === absolutePath) {
      if (outcome === 'failed') fail(`${path} could not be loaded`, text);
      else if (!filtered) fail(`${path} declares no test`, noTest);
      return;
    }
    const title = fullName(name, parent);
    if (outcome === 'failed') {
      if (!event.byChildren) fail(title, text, line);
    } else if (outcome === 'skipped' || outcome === 'todo') {
      if (reason !== '') skips.push({ title: `${path} › ${title}`, reason });
      else
        fail(
          title,
          `It is ${outcome === 'todo' ? 'still to do' : 'skipped'} and does not say why: give a reason.`,
          line,
        );
    } else if (!event.isSuite) passed += 1;
  }

  return {
    take(event) {
      if (event.kind === 'enqueued') {
        tests.set(event.id, event);
        waiting.add(event.id);
      } else if (event.kind === 'started') running.add(event.id);
      else if (event.kind === 'completed') complete(event);
      else if (event.kind === 'hookFailed') fail(`${path}: a hook of the file failed`, event.text, event.line);
      else if (event.kind === 'remark') remarks.push(event.text);
      else done = true;
    },

    running: runningNow,

    isIdle: () => tests.size > 0 && waiting.size === 0,

    finish({ code, signal, endedBecause, interrupted }, output) {
      if (interrupted) return { passed, failures, skips };
      const lost = runningNow().map((name) => `running: ${name}`);
      if (endedBecause !== undefined) {
        fail(`${path} was ended`, [endedBecause, ...lost].join('\n'));
      } else if (!done) {
        const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
        fail(`${path} ended before its tests did`, [`its process ended with ${how}`, ...lost].join('\n'));
      } else if (code !== 0 && failures.length === 0) {
        const late = remarks.filter((text) => text.startsWith('Error: '));
        fail(`${path} failed after its tests`, [`its process ended with exit code ${code}`, ...late].join('\n'));
      } else if (tests.size === 0 && !filtered) fail(`${path} declares no test`, noTest);
      // What the process printed is told once, with the first failure.
      const [first, ...rest] = failures;
      const all = first === undefined ? [] : [{ ...first, output }, ...rest];
      return { passed, failures: all, skips };
    },
  };
}
