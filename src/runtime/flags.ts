import { Command, CommanderError, Option } from 'commander';
import type { Flag } from './flag-types.ts';

/** Flags by name, in camel case: `metricsBindAddress` is `--metrics-bind-address` and `METRICS_BIND_ADDRESS`. */
export type Flags = Readonly<Record<string, Flag<unknown>>>;

/** The value of each flag. */
export type FlagValues<F extends Flags> = { readonly [N in keyof F]: F[N]['default'] };

/** What the command line asks for. */
export type FlagOutcome<F extends Flags> =
  | { readonly kind: 'run'; readonly values: FlagValues<F> }
  /** Help or the version was asked for. */
  | { readonly kind: 'print'; readonly text: string; readonly exitCode: 0 }
  /** It cannot be carried out; the text says what, and how it would be accepted. */
  | { readonly kind: 'refuse'; readonly text: string; readonly exitCode: 2 };

/** The program that the flags belong to. */
export interface Program {
  readonly name: string;
  readonly version: string;
  /** What it is, for `--help`. */
  readonly description: string;
  /** Lines after the flags in `--help`: examples, where to read on. Default none. */
  readonly epilogue?: string;
}

/** One place where a flag's value was found, for messages. */
interface Given {
  readonly text: string;
  /** `--log-level=loud` or `LOG_LEVEL=loud`. */
  readonly as: string;
}

/**
 * Reads the flags. The command line wins over the environment, the environment over the defaults; an empty variable
 * counts as none. All bad values are reported together.
 *
 * @param argv without the interpreter and the program: `process.argv.slice(2)`
 * @param env usually `process.env`
 */
export function parseFlags<const F extends Flags>(
  program: Program,
  flags: F,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): FlagOutcome<F> {
  const output: string[] = [];
  const command = commandFor(program, flags, output);
  try {
    command.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const text = output
      .join('')
      .replace(/^error: /, '')
      .trimEnd();
    if (error.exitCode === 0) return { kind: 'print', text, exitCode: 0 };
    return refuse(program, [text.replace(/^unknown option '([^']*)'/, "unknown flag '$1'")]);
  }
  const onCommandLine: Readonly<Record<string, string | true | undefined>> = command.opts();
  const values: Record<string, unknown> = {};
  const complaints: string[] = [];
  for (const [name, flag] of Object.entries(flags)) {
    const given = find(name, flag, onCommandLine[name], env);
    const parsed = given === undefined ? { value: flag.default } : flag.parse(given.text);
    if ('value' in parsed) values[name] = parsed.value;
    else complaints.push(`${given?.as}: ${parsed.wrong}; for example --${kebab(name)}=${flag.example}`);
  }
  if (complaints.length > 0) return refuse(program, complaints);
  // Each name was given a value of its flag's own type in the loop above, which the compiler cannot follow.
  return { kind: 'run', values: values as FlagValues<F> };
}

function commandFor(program: Program, flags: Flags, output: string[]): Command {
  const write = (text: string) => {
    output.push(text);
  };
  const command = new Command(program.name)
    .description(program.description)
    .version(program.version, '--version', 'print the version and exit')
    .helpOption('--help', 'print this and exit')
    .allowExcessArguments(false)
    .exitOverride()
    .configureHelp({ helpWidth: 110 })
    .configureOutput({ writeOut: write, writeErr: write });
  for (const [name, flag] of Object.entries(flags)) command.addOption(optionFor(name, flag));
  if (program.epilogue !== undefined) command.addHelpText('after', `\n${program.epilogue}`);
  return command;
}

function optionFor(name: string, flag: Flag<unknown>): Option {
  const notes = [...(flag.shown === undefined ? [] : [`default: ${flag.shown}`]), `env: ${variable(name)}`];
  const option = new Option(`--${kebab(name)} ${bracketed(flag)}`, `${flag.description} (${notes.join(', ')})`);
  if (flag.repeats === true) {
    option.argParser((text: string, before: string | undefined) => (before === undefined ? text : `${before},${text}`));
  }
  return option;
}

/** commander knows by the brackets whether an option needs its value: `<n>`, or may have one: `[true|false]`. */
function bracketed({ placeholder, bare }: Flag<unknown>): string {
  return bare === undefined ? `<${placeholder}>` : `[${placeholder}]`;
}

function find(
  name: string,
  flag: Flag<unknown>,
  onCommandLine: string | true | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Given | undefined {
  if (onCommandLine !== undefined) {
    const text = onCommandLine === true ? (flag.bare ?? '') : onCommandLine;
    return { text, as: `--${kebab(name)}=${visible(text)}` };
  }
  const text = env[variable(name)];
  if (text === undefined || text === '') return undefined;
  return { text, as: `${variable(name)}=${visible(text)}` };
}

/** A value as it can be printed: on one line, without control characters, and not for ever. */
function visible(text: string): string {
  const cut = text.length > 100 ? `${text.slice(0, 100)}…` : text;
  return /^[\x21-\x7e]*$/.test(cut) ? cut : JSON.stringify(cut);
}

function refuse(program: Program, complaints: readonly string[]): { kind: 'refuse'; text: string; exitCode: 2 } {
  const lines = complaints.map((complaint) => `${program.name}: ${complaint}`);
  return { kind: 'refuse', text: `${lines.join('\n')}\nRun ${program.name} --help for all flags.`, exitCode: 2 };
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function variable(name: string): string {
  return kebab(name).replace(/-/g, '_').toUpperCase();
}
