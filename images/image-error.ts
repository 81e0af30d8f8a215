import { errnoOf } from '../cluster/errno.ts';

/** What can go wrong while an image is being built, as a closed set. */
export type ImageErrorCode =
  | 'UnknownImage' // no image of that name is made here
  | 'BadReference' // not a valid image reference
  | 'BadEntry' // a file that cannot go into a layer: bad path, twice the same, changed while being read, a socket
  | 'HostUnsupported' // this machine cannot build it: not Linux, not glibc, an architecture without a Node package
  | 'ToolMissing' // a program that is needed is not installed
  | 'ToolFailed' // a program ran and failed
  | 'Download' // something pinned cannot be downloaded, or is not what was pinned
  | 'Registry' // a container registry refused, or answered what it should not
  | 'Io' // reading or writing a file failed
  | 'Aborted' // our side gave up: Ctrl-C
  | 'Unknown';

/** The one error of `images/`. Its message names the thing, the value and the fix. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
  readonly code: ImageErrorCode;

  constructor(code: ImageErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
  }

  /**
   * Any thrown value as an ImageError: the border between the outside and this layer.
   *
   * @param thrown whatever was caught
   */
  static from(thrown: unknown): ImageError {
    if (thrown instanceof ImageError) return thrown;
    if (!(thrown instanceof Error)) return new ImageError('Unknown', String(thrown), { cause: thrown });
    return new ImageError(codeOfError(thrown), thrown.message, { cause: thrown });
  }
}

function codeOfError(error: Error): ImageErrorCode {
  if (error.name === 'AbortError') return 'Aborted';
  return errnoOf(error) === undefined ? 'Unknown' : 'Io';
}
