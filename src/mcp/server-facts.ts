import { displayName } from './display-text.ts';
import type { Json, JsonObject } from './json-value.ts';
import { isObject } from './json-value.ts';
import type { ServerFacts } from './verdict.ts';

/** More capabilities than any revision has. */
const MOST_CAPABILITIES = 64;

/**
 * What a server told about itself, ready for display.
 *
 * @param info `serverInfo`
 * @param capabilities `capabilities`
 */
export function serverFacts(
  info: Json | undefined,
  capabilities: JsonObject,
  rest: Pick<ServerFacts, 'era' | 'protocolVersion' | 'stateful'>,
): ServerFacts {
  const given = isObject(info) ? info : {};
  return {
    ...rest,
    name: shown(given.name),
    version: shown(given.version),
    capabilities: Object.keys(capabilities)
      .map(displayName)
      .filter((name) => name !== '')
      .sort()
      .slice(0, MOST_CAPABILITIES),
  };
}

function shown(value: Json | undefined): string | undefined {
  return (typeof value === 'string' && displayName(value)) || undefined;
}
