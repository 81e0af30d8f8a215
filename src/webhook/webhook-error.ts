/** What can be wrong with a call of the webhook, as a closed set. */
export type WebhookErrorCode =
  | 'Malformed' // not an AdmissionReview of admission.k8s.io/v1, or not about what it says
  | 'Late' // the deadline passed
  | 'Busy' // more is being checked than is good for the API server
  | 'Failed'; // a bug, or a request of ours that failed

/** The one error of the webhook layer. None of them ever refuses an object. */
export class WebhookError extends Error {
  override readonly name = 'WebhookError';
  readonly code: WebhookErrorCode;

  constructor(code: WebhookErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.code = code;
  }

  /** Any thrown value as a WebhookError. */
  static from(thrown: unknown): WebhookError {
    if (thrown instanceof WebhookError) return thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new WebhookError('Failed', message, { cause: thrown });
  }
}
