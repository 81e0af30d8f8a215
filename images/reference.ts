import { ImageError } from './image-error.ts';

/** An image reference, in the two spellings that people and container runtimes use. */
export interface Reference {
  /** As given, with the tag: what a person types and `docker load` stores. */
  readonly familiar: string;
  /** Fully qualified: what containerd and the kubelet look an image up by. */
  readonly canonical: string;
}

// The grammar of the distribution project's `reference` package, without digests: nothing is built under a digest.
const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const host = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const hostWithPort = new RegExp(`^${host}(?:\\.${host})*(?::[0-9]+)?$`);
const path = new RegExp(`^${component}(?:/${component})*$`);
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** What Docker's short names mean; containerd's CRI applies it to `image:` in a pod, so an import has to as well. */
const defaultHost = 'docker.io';

/**
 * Reads an image reference and spells it out.
 *
 * The first part is a registry when it has a dot or a colon or is `localhost`; a bare name lives in `library/`;
 * the tag defaults to `latest` (distribution/reference, "familiar" names).
 *
 * @param text for example `smooth-operator/pause:dev` or `registry.example:5000/team/app:v1`
 * @throws ImageError `BadReference` when it is malformed or has a digest
 */
export function parseReference(text: string): Reference {
  if (text.includes('@')) throw bad(text, 'a build cannot be named by digest; use a tag');
  const colon = text.lastIndexOf(':');
  const tagged = colon > text.lastIndexOf('/');
  const name = tagged ? text.slice(0, colon) : text;
  const tag = tagged ? text.slice(colon + 1) : 'latest';
  if (!tagPattern.test(tag)) throw bad(text, `the tag "${tag}" is not letters, digits, "_", "." and "-"`);

  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const hasHost = first.includes('.') || first.includes(':') || first === 'localhost';
  const registry = hasHost ? first : defaultHost;
  const repository = hasHost ? name.slice(slash + 1) : name;
  if (!hostWithPort.test(registry)) throw bad(text, `"${registry}" is not a registry host`);
  if (!path.test(repository) || repository.length > 255) {
    throw bad(
      text,
      `"${repository}" is not a repository name: lower-case letters, digits, and "/", ".", "_", "-" between`,
    );
  }
  const full = registry === defaultHost && !repository.includes('/') ? `library/${repository}` : repository;
  return { familiar: `${name}:${tag}`, canonical: `${registry}/${full}:${tag}` };
}

function bad(text: string, why: string): ImageError {
  return new ImageError('BadReference', `image reference ${JSON.stringify(text)}: ${why}`);
}
