/**
 * Why the process cannot start or go on, as a closed set. Messages name the thing, the value and the fix.
 */
export type StartErrorCode =
  | 'BadFlag' // an unknown flag, or a value that is not of the accepted form
  | 'AddressInUse'
  | 'AddressUnusable' // not ours to bind: no such interface, no permission
  | 'ComponentFailed' // a part of the process did not start
  | 'LeaseLost'; // another process leads now, or may soon

/** The one error about this process itself; errors about the API server are ApiError. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly code: StartErrorCode;

  constructor(code: StartErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
