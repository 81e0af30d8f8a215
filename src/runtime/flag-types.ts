import { type BindAddress, formatBindAddress, parseBindAddress } from './bind-address.ts';

/** Either a value, or what would have been accepted, as the rest of a sentence: "must be …". */
export type Parsed<T> = { readonly value: T } | { readonly wrong: string };

/** One flag, without its name: what it means and how it is read. */
export interface Flag<T> {
  /** One or two sentences for `--help`. */
  readonly description: string;
  /** Stands for the value in `--help`: `address`. */
  readonly placeholder: string;
  readonly default: T;
  /** The default for `--help`; undefined shows none. */
  readonly shown: string | undefined;
  /** A value to copy, shown when a bad one was given. */
  readonly example: string;
  /** `--flag` alone means this; undefined where a value is needed. */
  readonly bare?: string;
  /** Given several times, the values are joined with commas. Default: the last one counts. */
  readonly repeats?: boolean;
  parse(text: string): Parsed<T>;
}

/** A flag that takes any text, such as a path. */
export function textFlag(options: {
  readonly description: string;
  readonly placeholder: string;
  readonly example: string;
}): Flag<string | undefined> {
  return {
    ...options,
    default: undefined,
    shown: undefined,
    parse: (text) => (text === '' ? { wrong: 'must not be empty' } : { value: text }),
  };
}

/** A flag that takes a whole number, limits included. */
export function integerFlag(options: {
  readonly description: string;
  readonly default: number;
  readonly min: number;
  readonly max: number;
}): Flag<number> {
  const { description, min, max } = options;
  return {
    description,
    placeholder: 'n',
    default: options.default,
    shown: String(options.default),
    example: String(options.default),
    parse(text) {
      const value = Number(text);
      const ok = /^-?\d{1,15}$/.test(text) && value >= min && value <= max;
      return ok ? { value } : { wrong: `must be a whole number from ${min} to ${max}` };
    },
  };
}

/** A switch: `--flag`, `--flag=true`, `--flag=false`. */
export function booleanFlag(options: { readonly description: string; readonly default: boolean }): Flag<boolean> {
  return {
    ...options,
    placeholder: 'true|false',
    shown: String(options.default),
    example: 'true',
    bare: 'true',
    parse(text) {
      const word = text.toLowerCase();
      if (word === 'true' || word === '1') return { value: true };
      if (word === 'false' || word === '0') return { value: false };
      return { wrong: 'must be true or false' };
    },
  };
}

/** A flag that takes one of a few words. */
export function choiceFlag<const C extends string>(options: {
  readonly description: string;
  readonly choices: readonly C[];
  readonly default: C;
}): Flag<C> {
  const { description, choices } = options;
  return {
    description,
    placeholder: choices.join('|'),
    default: options.default,
    shown: options.default,
    example: options.default,
    parse(text) {
      const value = choices.find((choice) => choice === text.toLowerCase());
      return value === undefined ? { wrong: `must be one of ${choices.join(', ')}` } : { value };
    },
  };
}

/** A flag that takes several values, separated by commas or given one by one; none by default. */
export function listFlag(options: {
  readonly description: string;
  readonly placeholder: string;
  readonly example: string;
  /** What "none" means, for `--help`. */
  readonly shown: string;
  /** Looks at one item: undefined when it is well, else "must be …". Default: every item is well. */
  readonly check?: (item: string) => string | undefined;
}): Flag<readonly string[]> {
  const { check, ...rest } = options;
  return {
    ...rest,
    default: [],
    repeats: true,
    parse(text) {
      const items = text.split(',').map((item) => item.trim());
      const distinct = [...new Set(items.filter((item) => item !== ''))];
      for (const item of distinct) {
        const wrong = check?.(item);
        if (wrong !== undefined) return { wrong: `${JSON.stringify(item)} ${wrong}` };
      }
      return { value: distinct };
    },
  };
}

/** A flag that takes an address to listen on, or `0` for not listening. */
export function addressFlag(options: {
  readonly description: string;
  readonly default: string;
}): Flag<BindAddress | 'disabled'> {
  const value = parseBindAddress(options.default);
  if (value === undefined) throw new Error(`default "${options.default}" is not an address: a bug`);
  return {
    description: options.description,
    placeholder: 'address',
    default: value,
    shown: value === 'disabled' ? '0' : formatBindAddress(value),
    example: options.default,
    parse(text) {
      const address = parseBindAddress(text);
      return address === undefined
        ? { wrong: 'must be an address such as :8080, 127.0.0.1:8080 or [::1]:8080, or 0 for none' }
        : { value: address };
    },
  };
}

/** For lists of namespaces: what is wrong with a namespace's name, or undefined (RFC 1123 label). */
export function checkNamespace(name: string): string | undefined {
  return /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name)
    ? undefined
    : 'must be the name of a namespace: at most 63 lower-case letters, digits and dashes, a letter or digit at both ends';
}
