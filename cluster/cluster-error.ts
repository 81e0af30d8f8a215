/** What can go wrong with the local cluster, as a closed set. */
export type ClusterErrorCode =
  | 'UnsupportedHost' // this machine cannot do what was asked
  | 'ToolMissing' // a program that is not installed and could not be
  | 'BinariesMissing' // no source had the Kubernetes binaries
  | 'BadDownload' // a download that is not what its publisher's checksum says
  | 'CommandFailed' // a program that we ran to its end failed
  | 'ComponentFailed' // a process of the cluster ended by itself
  | 'DeadlinePassed' // a condition did not come true in time
  | 'OtherCheckout' // another checkout's cluster runs on this machine
  | 'OtherMode' // another kind of cluster than the one that is up is asked for
  | 'OtherVersion' // another version of Kubernetes than the cluster's is asked for
  | 'OtherKubernetes' // somebody else's Kubernetes node runs on this machine
  | 'OtherOperator' // an operator runs in the cluster already
  | 'NotRunning' // asked about a cluster that is not up
  | 'Aborted' // Ctrl-C
  | 'Unexpected';

/** What a ClusterError carries beside its message. */
export interface ClusterErrorOptions {
  /** The component at fault, e.g. `kubelet`. Default: none in particular. */
  readonly component?: string | undefined;
  /** The last lines that the component or the program wrote. Default: none. */
  readonly tail?: readonly string[] | undefined;
  /** Where the rest is. Default: nowhere. */
  readonly logFile?: string | undefined;
  /** What to do, as one sentence. Default: nothing to suggest. */
  readonly fix?: string | undefined;
  readonly cause?: unknown;
}

/** The one error of `cluster/`. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';
  readonly code: ClusterErrorCode;
  readonly component: string | undefined;
  readonly tail: readonly string[];
  readonly logFile: string | undefined;
  readonly fix: string | undefined;

  constructor(code: ClusterErrorCode, message: string, options: ClusterErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.component = options.component;
    this.tail = options.tail ?? [];
    this.logFile = options.logFile;
    this.fix = options.fix;
  }

  /** Any thrown value as a ClusterError: the border between the outside and this layer. */
  static from(thrown: unknown): ClusterError {
    if (thrown instanceof ClusterError) return thrown;
    if (!(thrown instanceof Error)) return new ClusterError('Unexpected', String(thrown), { cause: thrown });
    return new ClusterError(thrown.name === 'AbortError' ? 'Aborted' : 'Unexpected', thrown.message, { cause: thrown });
  }

  /**
   * The error as a person reads it in a terminal: what failed, the component's last lines, where the rest is, what to do.
   *
   * @returns several lines, without a line end
   */
  format(): string {
    const lines = [`error: ${this.message}`];
    if (this.tail.length > 0) {
      lines.push(`last lines of ${this.component ?? 'its output'}:`, ...this.tail.map((line) => `  | ${line}`));
    }
    if (this.logFile !== undefined) lines.push(`the rest is in ${this.logFile}`);
    if (this.fix !== undefined) lines.push(`what to do: ${this.fix}`);
    return lines.join('\n');
  }
}
