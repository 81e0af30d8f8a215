import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Component } from '../component.ts';
import { ApiError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { KeyPair } from './certificate.ts';
import { isExpired, parseBundle, parsePair } from './certificate-look.ts';
import { announced, type TlsSource } from './tls-source.ts';

/** Where files are, and how often they are looked at. */
export interface CertificateFilesOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** How often they are read, in milliseconds. Default 10,000: the kubelet swaps a mounted Secret within a minute or two. */
  readonly periodMs?: number;
}

/** A file, or several, whose content is followed. */
export interface FollowedFiles extends Component {
  /** Why there is nothing to use; undefined when there is. */
  fault(): string | undefined;
}

/**
 * A serving certificate in a directory, as cert-manager's Secrets are mounted: `tls.crt` and `tls.key`. Read again and
 * again, as a mounted Secret changes by a swap of links that file watches miss. A pair that does not fit, as in the
 * middle of a swap, changes nothing.
 */
export function createCertificateFiles(directory: string, options: CertificateFilesOptions): FollowedFiles & TlsSource {
  const served = announced<KeyPair | undefined>(undefined);
  const usable = () => {
    const pair = served.get();
    const parsed = pair && parsePair(pair);
    return parsed !== undefined && !isExpired(parsed, options.clock.now());
  };
  const files = follow(`certificate in ${directory}`, usable, options, async () => {
    // One after the other, so that the same trouble has the same words each time.
    const certificate = await readText(join(directory, 'tls.crt'));
    const pair = { certificate, key: await readText(join(directory, 'tls.key')) };
    const parsed = parsePair(pair);
    if (parsed === undefined) throw new ApiError('Config', `${directory}: tls.crt and tls.key are not a pair`);
    const now = served.get();
    if (now?.certificate !== pair.certificate || now.key !== pair.key) served.set(pair);
    if (isExpired(parsed, options.clock.now())) throw new ApiError('Config', `${directory}: tls.crt has expired`);
  });
  return { ...files, current: served.get, onChange: served.onChange };
}

/** Certificates of authorities in one file, PEM, for checking who calls. */
export function createAuthorityFile(
  file: string,
  options: CertificateFilesOptions,
): FollowedFiles & { current(): string | undefined; onChange(listener: () => void): () => void } {
  const known = announced<string | undefined>(undefined);
  const files = follow(
    `authorities in ${file}`,
    () => known.get() !== undefined,
    options,
    async () => {
      const text = await readText(file);
      if (parseBundle(text).length === 0) throw new ApiError('Config', `${file} has no certificate in it`);
      known.set(text);
    },
  );
  return { ...files, current: known.get, onChange: known.onChange };
}

/** @param usable whether what was read before will do, so that a file that is gone for a moment is no fault */
function follow(
  name: string,
  usable: () => boolean,
  options: CertificateFilesOptions,
  look: () => Promise<void>,
): FollowedFiles {
  const { clock, log, periodMs = 10_000 } = options;
  let trouble: string | undefined = `the ${name} has not been read yet`;
  let cancel: () => void = () => undefined;
  let stopped = false;

  async function round(): Promise<void> {
    try {
      await look();
      trouble = undefined;
    } catch (thrown) {
      const error = ApiError.from(thrown);
      if (trouble !== error.message) log.warn('cannot use a certificate file', { file: name, error });
      trouble = error.message;
    }
    if (!stopped) cancel = clock.after(periodMs, () => void round());
  }

  return {
    name,
    fault: () => (usable() ? undefined : (trouble ?? `the ${name} is not valid any more`)),
    start: round,
    stop() {
      stopped = true;
      cancel();
    },
  };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    throw new ApiError('Config', `cannot read ${file}: ${ApiError.from(thrown).message}`, { cause: thrown });
  }
}
