import type { KeyPair } from './certificate.ts';

/** Where a server has its certificate from. It may change at any time. */
export interface TlsSource {
  /** What to serve now; undefined while there is nothing. */
  current(): KeyPair | undefined;
  /** Told when that changes. @returns a function that ends it */
  onChange(listener: () => void): () => void;
}

/** A value that tells its listeners when it is replaced. */
export interface Announced<T> {
  get(): T;
  set(value: T): void;
  onChange(listener: () => void): () => void;
}

/** @param initial told to nobody */
export function announced<T>(initial: T): Announced<T> {
  const listeners = new Set<() => void>();
  let current = initial;
  return {
    get: () => current,
    set(value) {
      if (value === current) return;
      current = value;
      for (const listener of listeners) listener();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}
