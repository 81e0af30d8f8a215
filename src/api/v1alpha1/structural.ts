import {
  type OptionalKind,
  type Static,
  type TArray,
  type TObject,
  type TProperties,
  type TSchema,
  Type,
} from '@sinclair/typebox';
import type { Rule } from './cel.ts';

/**
 * The pieces that the schema is put together from: TypeBox types that carry what a Kubernetes structural schema needs
 * (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema).
 *
 * Every string and list has an upper limit: the API server multiplies them to bound the cost of the CEL rules.
 */

/** What each piece may say about itself. */
export interface About {
  /** Shown by `kubectl explain` and in the API reference. */
  readonly description: string;
  /** Default: no rule. */
  readonly rules?: readonly Rule[];
}

function about({ description, rules }: About): Record<string, unknown> {
  return rules === undefined ? { description } : { description, 'x-kubernetes-validations': rules };
}

/** A string of at most `maxLength` characters. */
export function text(options: About & { readonly maxLength: number }) {
  return Type.String({ ...about(options), maxLength: options.maxLength });
}

/** True or false. */
export function flag(description: string) {
  return Type.Boolean({ description });
}

/** One of a few words. */
export function oneOf<const T extends string>(values: readonly T[], options: About) {
  return Type.Unsafe<T>({ type: 'string', enum: values, ...about(options) });
}

/** A point in time, RFC 3339. */
export function time(description: string) {
  return Type.Unsafe<string>({ type: 'string', format: 'date-time', description });
}

/** A 64-bit integer that is not negative. */
export function int64(description: string) {
  return Type.Integer({ description, format: 'int64', minimum: 0 });
}

/** A 32-bit integer between two bounds, both included. */
export function int32(options: About & { readonly minimum: number; readonly maximum?: number }) {
  const { minimum, maximum } = options;
  return Type.Integer({
    ...about(options),
    format: 'int32',
    minimum,
    ...(maximum === undefined ? {} : { maximum }),
  });
}

/** A list that one writer owns as a whole. */
export function list<T extends TSchema>(items: T, options: About & { readonly maxItems: number }): TArray<T> {
  return Type.Array(items, { ...about(options), maxItems: options.maxItems, 'x-kubernetes-list-type': 'atomic' });
}

/**
 * A list whose items are told apart by one field: two with the same value are refused, and server-side apply merges
 * item by item.
 */
export function listMap<P extends TProperties>(
  key: string & keyof P,
  items: TObject<P>,
  options: About & { readonly maxItems: number },
): TArray<TObject<P>> {
  return Type.Array(items, {
    ...about(options),
    maxItems: options.maxItems,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': [key],
  });
}

/** An object with these fields. */
export function fields<P extends TProperties>(properties: P, options: About): TObject<P> {
  return Type.Object(properties, about(options));
}

/** An object with free keys, all of one type. */
export function mapOf<T extends TSchema>(values: T, options: About & { readonly maxProperties: number }) {
  return Type.Unsafe<Record<string, Static<T>>>({
    type: 'object',
    additionalProperties: values,
    maxProperties: options.maxProperties,
    ...about(options),
  });
}

/** A number or a string, as Kubernetes writes quantities: `cpu: 1` and `cpu: 500m`. */
export function intOrString(options: About & { readonly maxLength: number }) {
  return Type.Unsafe<number | string>({
    'x-kubernetes-int-or-string': true,
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    maxLength: options.maxLength,
    ...about(options),
  });
}

declare const defaulted: unique symbol;

/** Marks, for types only, a field that the API server fills when it is left out. */
export interface Defaulted {
  readonly [defaulted]: true;
}

/**
 * A field that may be left out, and then has this value. It is there in every object that the API server returns, so
 * its type is not optional; whoever writes a manifest may omit it (see `Draft`).
 */
export function withDefault<T extends TSchema>(schema: T, value: Draft<T>): T & Defaulted {
  return { ...schema, default: value } as T & Defaulted;
}

/** A field that may be left out, and then is absent. */
export const optional = Type.Optional;

type MayBeLeftOut<P extends TProperties> = {
  [K in keyof P]: P[K] extends Defaulted | { readonly [OptionalKind]: 'Optional' } ? K : never;
}[keyof P];

/** What a person may write for a schema: like its Static type, but fields with a default may be left out. */
export type Draft<T extends TSchema> =
  T extends TObject<infer P>
    ? { readonly [K in Exclude<keyof P, MayBeLeftOut<P>>]: Draft<P[K]> } & {
        readonly [K in MayBeLeftOut<P>]?: Draft<P[K]>;
      }
    : T extends TArray<infer I>
      ? readonly Draft<I>[]
      : Frozen<Static<T>>;

/** The same type, read-only all the way down: what is read from the API server is never changed in place. */
export type Frozen<T> = T extends readonly (infer I)[]
  ? readonly Frozen<I>[]
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T;
