import { writeSync } from 'node:fs';
import { run } from 'node:test';
import { eventOf, eventTypes } from './test-event.ts';

/**
 * The process in which the tests of one file run. It is started by file-run.ts with its settings as JSON in the one
 * argument, and sends a line of JSON for each event to file descriptor 3, so that the tests may print what they like.
 */

/** The descriptor that the parent reads events from. */
export const eventDescriptor = 3;

/** What the process is told. */
export interface TestProcessSettings {
  /** The absolute path of the test file. */
  readonly file: string;
  /** Milliseconds after which a test or a suite has failed. */
  readonly timeoutMs: number;
  /** Regular expressions; only tests whose name matches one run. Empty: all run. */
  readonly names: readonly string[];
}

if (import.meta.main) {
  const { file, timeoutMs, names }: TestProcessSettings = JSON.parse(process.argv[2] ?? '{}');
  const events = run({
    files: [file],
    // This process is the isolation.
    isolation: 'none',
    timeout: timeoutMs,
    ...(names.length > 0 && { testNamePatterns: names.map((name) => new RegExp(name)) }),
  });
  for (const type of eventTypes) {
    // Listeners are called at once, unlike a loop over the stream: a test that ends the process, or never lets go of it,
    // must not take with it what happened before.
    events.on(type, (data: object) => {
      const event = eventOf({ type, data });
      if (event !== undefined) writeSync(eventDescriptor, `${JSON.stringify(event)}\n`);
    });
  }
  // Nobody reads the stream itself.
  events.resume();
}
