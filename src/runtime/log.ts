import { isatty } from 'node:tty';
import { type DestinationStream, destination, pino } from 'pino';
import { type Clock, systemClock } from './clock.ts';
import { type Fields, loggable } from './log-fields.ts';
import { redact } from './redact.ts';

/** From the chattiest to the quietest. */
export const levels = ['debug', 'info', 'warn', 'error'] as const;

/** How important a line is; a logger writes its own level and the ones after it. */
export type Level = (typeof levels)[number];

/**
 * Where everything in this process logs to. A message is a short sentence that is the same each time; what varies goes
 * into fields. Errors go into the field `error`. Nothing here throws.
 */
export interface Logger {
  /** What a developer wants when something is wrong: every reconcile, every retry. */
  debug(message: string, fields?: Fields): void;
  /** What happened and was meant to. */
  info(message: string, fields?: Fields): void;
  /** What went wrong and mends itself. */
  warn(message: string, fields?: Fields): void;
  /** What somebody should look at. */
  error(message: string, fields?: Fields): void;
  /** A logger that adds these fields to each line; a field given later under the same name wins. */
  with(fields: Fields): Logger;
}

/** How and where to log. */
export interface LogOptions {
  /** The least important level that is written. Default `info`. */
  readonly level?: Level;
  /**
   * `json`: one JSON object a line, for machines. `pretty`: for people. Default `auto`: pretty on a terminal, else JSON.
   */
  readonly format?: 'auto' | 'json' | 'pretty';
  /** Where lines go. Default standard error, written at once: a crash loses nothing. */
  readonly output?: DestinationStream;
  /** Default the machine's. */
  readonly clock?: Clock;
}

/**
 * The process' logger, writing `ts` (ISO 8601), `level`, `msg` and the fields.
 *
 * Asynchronous because the formatter for terminals is loaded only where there is one.
 */
export async function createLogger(options: LogOptions = {}): Promise<Logger> {
  const { level = 'info', format = 'auto', clock = systemClock } = options;
  const output = options.output ?? destination({ fd: 2, sync: true });
  const pretty = format === 'pretty' || (format === 'auto' && options.output === undefined && isatty(2));
  const sink = pino(
    {
      level,
      base: null,
      messageKey: 'msg',
      timestamp: () => `,"ts":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    pretty ? await prettyOutput(output, options.output === undefined) : output,
  );

  function bind(bound: Fields): Logger {
    const write = (at: Level, message: string, fields: Fields | undefined) => {
      if (!sink.isLevelEnabled(at)) return;
      sink[at]({ ...bound, ...(fields === undefined ? undefined : loggable(fields)) }, redact(message));
    };
    return {
      debug: (message, fields) => write('debug', message, fields),
      info: (message, fields) => write('info', message, fields),
      warn: (message, fields) => write('warn', message, fields),
      error: (message, fields) => write('error', message, fields),
      with: (fields) => bind({ ...bound, ...loggable(fields) }),
    };
  }
  return bind({});
}

/** Formats line by line and at once; pino-pretty's own stream would hold lines back until the next turn. */
async function prettyOutput(output: DestinationStream, terminal: boolean): Promise<DestinationStream> {
  const { prettyFactory } = await import('pino-pretty');
  const format = prettyFactory({
    colorize: terminal && isatty(2) && !process.env.NO_COLOR,
    messageKey: 'msg',
    timestampKey: 'ts',
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
    errorLikeObjectKeys: [],
  });
  return { write: (line) => output.write(format(line)) };
}
