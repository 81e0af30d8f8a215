import type { Level, Logger } from '../../src/runtime/log.ts';
import type { Fields } from '../../src/runtime/log-fields.ts';

/** One line that was logged. */
export interface LogLine {
  readonly level: Level;
  readonly message: string;
  readonly fields: Fields;
}

/** A logger that keeps what was logged, for tests to look at. */
export interface RecordedLog extends Logger {
  readonly lines: readonly LogLine[];
  /** The messages of one level, in order. */
  at(level: Level): readonly string[];
  /** The first line with this message; throws with all messages when there is none. */
  line(message: string): LogLine;
}

/** A logger that writes nowhere. Loggers made from it by `with` record into the same list. */
export function createRecordedLog(): RecordedLog {
  const lines: LogLine[] = [];
  function bind(bound: Fields): Logger {
    const write = (level: Level) => (message: string, fields?: Fields) => {
      lines.push({ level, message, fields: { ...bound, ...fields } });
    };
    return {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      with: (fields) => bind({ ...bound, ...fields }),
    };
  }
  return {
    ...bind({}),
    lines,
    at: (level) => lines.filter((line) => line.level === level).map((line) => line.message),
    line(message) {
      const found = lines.find((line) => line.message === message);
      if (found === undefined) {
        throw new Error(`no line "${message}" among: ${lines.map((line) => line.message).join(' | ') || '(none)'}`);
      }
      return found;
    },
  };
}
