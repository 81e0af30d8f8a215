import type { Clock } from '../../src/runtime/clock.ts';

/** Prints lines, and remembers when it last did. */
export interface Voice {
  /** Prints a line. */
  say(line: string): void;
  /** Ends the watch for silence. */
  end(): void;
}

/** What a voice needs. */
export interface VoiceOptions {
  readonly clock: Clock;
  readonly print: (line: string) => void;
  /** Says what goes on now, for the line that breaks a silence. */
  readonly doing: () => readonly string[];
  /** Milliseconds of silence after which a line is printed. Default 30,000. */
  readonly silenceMs?: number;
}

/**
 * A voice that is never silent for long: who looks at a terminal sees that something goes on, and what.
 */
export function createVoice({ clock, print, doing, silenceMs = 30_000 }: VoiceOptions): Voice {
  let last = clock.monotonic();
  const start = last;
  const breakSilence = () => {
    const due = last + silenceMs - clock.monotonic();
    if (due <= 0) {
      const minutes = ((clock.monotonic() - start) / 60_000).toFixed(1);
      say(`  … ${minutes} min so far, still running: ${doing().join(', ') || 'the next step'}`);
    }
    cancel = clock.after(due <= 0 ? silenceMs : due, breakSilence);
  };
  let cancel = clock.after(silenceMs, breakSilence);
  function say(line: string): void {
    last = clock.monotonic();
    print(line);
  }
  return { say, end: () => cancel() };
}
