import type { ApiError } from '../runtime/errors.ts';
import { CONTAINER_NAME, PORT_NAME } from './labels.ts';
import type { Deployment, Service } from './resources.ts';

/**
 * Server-side apply merges lists of ports by number. So when somebody changes the number of our port, an apply does not
 * change it back: it adds ours beside theirs, and the API server refuses two ports of one name.
 */

/** Whether an apply was refused because somebody else's port has our port's name. */
export function isDuplicatePort(error: ApiError): boolean {
  return error.causes.some(
    ({ reason, field }) => reason === 'FieldValueDuplicate' && /\bports\[\d+\]\.name$/.test(field ?? ''),
  );
}

/**
 * A merge patch (RFC 7386) that puts our port in the place of every other port of its name. Ports of other names stay.
 * The patch is bound to the version that it was made from, since it carries whole lists.
 *
 * @param live the object as it is
 * @param wish the object as we apply it
 */
export function replaceImpostors(live: Deployment | Service, wish: Deployment | Service): object {
  const { uid, resourceVersion } = live.metadata;
  const metadata = { uid, resourceVersion };
  if ('template' in live.spec && 'template' in wish.spec) {
    const containers = (live.spec.template.spec?.containers ?? []).map((container) =>
      container.name === CONTAINER_NAME ? { ...container, ports: withOurs(container.ports, wish.spec) } : container,
    );
    return { metadata, spec: { template: { spec: { containers } } } };
  }
  return { metadata, spec: { ports: withOurs('ports' in live.spec ? live.spec.ports : [], wish.spec) } };
}

function withOurs(ports: readonly Port[] | undefined, wish: Deployment['spec'] | Service['spec']): readonly Port[] {
  const ours =
    'template' in wish
      ? wish.template.spec?.containers.find(({ name }) => name === CONTAINER_NAME)?.ports
      : 'ports' in wish
        ? wish.ports
        : undefined;
  return [...(ports ?? []).filter(({ name }) => name !== PORT_NAME), ...(ours ?? [])];
}

interface Port {
  readonly name?: string;
}
