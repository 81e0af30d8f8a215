import { createHash } from 'node:crypto';
import type { KubeObject } from '../../runtime/object.ts';
import { HASH_ANNOTATION } from '../labels.ts';

/**
 * An object with the hash of its own content in an annotation.
 *
 * The hash answers what a look at the live object cannot: whether a field was dropped from our wish since the last
 * apply. (Whether the live object still holds the wish is `holds.ts`.) It survives a restart because it lies on the
 * object itself.
 *
 * @param object what is to be applied, without the annotation
 */
export function withAppliedHash<T extends KubeObject>(object: T): T {
  const hash = createHash('sha256').update(canonical(object)).digest('hex').slice(0, 16);
  const annotations = { ...object.metadata.annotations, [HASH_ANNOTATION]: hash };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** The hash that `withAppliedHash` left on an object; undefined when there is none. */
export function appliedHash(object: KubeObject): string | undefined {
  return object.metadata.annotations?.[HASH_ANNOTATION];
}

/** JSON with sorted keys and without undefined fields: equal for equal content. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, field: unknown) =>
    field !== null && typeof field === 'object' && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)))
      : field,
  );
}
