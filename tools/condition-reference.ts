/** What the API reference says about conditions. A test holds it against the reasons in the code. */

/** One condition and the reasons that it can have. */
export interface ConditionReference {
  readonly type: string;
  /** What `True` means. */
  readonly meaning: string;
  readonly reasons: readonly { readonly reason: string; readonly meaning: string }[];
}

const quota = 'A ResourceQuota of the namespace is used up. Raise it, or free some of it.';

export const conditionReference: readonly ConditionReference[] = [
  {
    type: 'Accepted',
    meaning:
      'The spec can be carried out: no foreign object is in the way, the Secret exists, nothing refused the objects.',
    reasons: [
      { reason: 'Accepted', meaning: 'True. Nothing is in the way.' },
      {
        reason: 'SecretNotFound',
        meaning: 'The Secret in spec.secretName does not exist. Create it: the server goes on by itself.',
      },
      {
        reason: 'ForeignObject',
        meaning:
          'A Deployment or Service of this name belongs to somebody else. It is left untouched. Rename one of them.',
      },
      {
        reason: 'WaitingForDeletion',
        meaning: 'Unknown, for a moment: objects of an earlier server of this name are being collected.',
      },
      { reason: 'QuotaExceeded', meaning: quota },
      { reason: 'NamespaceTerminating', meaning: 'The namespace is being deleted.' },
      { reason: 'Forbidden', meaning: 'The operator lacks a right; the message names it. Install config/rbac again.' },
      {
        reason: 'Overridden',
        meaning: 'Somebody, or an admission webhook, keeps changing a field of a child. The message names the field.',
      },
      { reason: 'Refused', meaning: 'The API server refuses a child, in the words of the message.' },
    ],
  },
  {
    type: 'Available',
    meaning: 'As many pods as wanted are ready to serve.',
    reasons: [
      { reason: 'AllReplicasAvailable', meaning: 'True.' },
      {
        reason: 'Starting',
        meaning: 'Pods are on their way; nothing is wrong so far. The message has what each must answer.',
      },
      { reason: 'Stopped', meaning: 'spec.replicas is 0.' },
      {
        reason: 'CrashLoopBackOff',
        meaning: 'A container keeps exiting. The message has the command that shows its log.',
      },
      { reason: 'OOMKilled', meaning: 'A container needs more memory than its limit.' },
      {
        reason: 'ImagePullBackOff',
        meaning: 'An image cannot be pulled: also ErrImageNeverPull, InvalidImageName, ImageInspectError.',
      },
      {
        reason: 'CreateContainerConfigError',
        meaning:
          'A container cannot be made, in the words of the message: also CreateContainerError, RunContainerError.',
      },
      {
        reason: 'HandshakeTimeout',
        meaning:
          'Pods run, and are out of the endpoints because they fail the MCP handshake: also every other reason of Verified that says so.',
      },
      { reason: 'Unschedulable', meaning: 'A pod fits on no node. The message says what is missing.' },
      {
        reason: 'ProgressDeadlineExceeded',
        meaning: 'Pods run but have not become ready for ten minutes: look at what health asks of them.',
      },
      { reason: 'PodFailed', meaning: 'A pod failed as a whole; if it was evicted, the reason is Evicted.' },
      { reason: 'QuotaExceeded', meaning: quota },
      { reason: 'PodSecurityViolation', meaning: "The namespace's Pod Security level refuses the pods." },
      { reason: 'PodsRefused', meaning: 'The API server refuses the pods, in the words of the message.' },
    ],
  },
  {
    type: 'Verified',
    meaning: 'Every pod that runs answers an MCP handshake, now. Unknown: nobody can tell.',
    reasons: [
      { reason: 'HandshakePassed', meaning: 'True. The message has the protocol, the server and its tools.' },
      { reason: 'Verifying', meaning: 'Unknown, for a moment: not every pod has been asked yet.' },
      { reason: 'Disabled', meaning: 'Unknown. spec.verify.disabled is true, and Ready goes without it.' },
      {
        reason: 'AuthRequired',
        meaning: 'Unknown. It answers and wants credentials: name a token in spec.verify.auth. Its pods go on serving.',
      },
      {
        reason: 'AuthRejected',
        meaning: 'Unknown. It does not accept the token in spec.verify.auth. Its pods go on serving.',
      },
      { reason: 'TokenNotFound', meaning: 'Unknown. The Secret in spec.verify.auth does not exist.' },
      {
        reason: 'ProbeError',
        meaning: 'Unknown. A pod could not be asked, for a reason of the operator that the message tells.',
      },
      { reason: 'NotMCP', meaning: 'Something else answers there: see spec.port and spec.path.' },
      { reason: 'WrongTransport', meaning: 'It speaks MCP over the other transport: see spec.transport.' },
      { reason: 'Refused', meaning: 'It answers 403: let it accept the Host name of its Service.' },
      { reason: 'RateLimited', meaning: 'It answers 429: raise its limit or spec.verify.interval.' },
      { reason: 'ServerError', meaning: 'It answers 5xx, or with an error of its own: see the log of the pod.' },
      { reason: 'Redirected', meaning: 'It answers with a redirect, which is never followed: see spec.path.' },
      { reason: 'UnsupportedVersion', meaning: 'It and the operator have no version of MCP in common.' },
      { reason: 'ProtocolError', meaning: 'Its answer is not what MCP prescribes: clients will fail on it too.' },
      { reason: 'TooLarge', meaning: 'Its answer is larger than any client will bear.' },
      { reason: 'HandshakeTimeout', meaning: 'It does not answer within spec.verify.timeout.' },
      { reason: 'ConnectionLost', meaning: 'It closes the connection before its answer is complete.' },
      { reason: 'Unreachable', meaning: 'Nobody listens on the port, or a NetworkPolicy keeps the operator out.' },
      { reason: 'MissingTools', meaning: 'It answers, without a tool that spec.verify.expectTools names.' },
      { reason: 'PodsDisagree', meaning: 'Pods of one image are different servers, or offer different tools.' },
    ],
  },
  {
    type: 'Progressing',
    meaning: 'A rollout is under way, or has come to its end. False: it is stuck.',
    reasons: [
      {
        reason: 'RollingOut',
        meaning: 'True. Pods with the current spec are being started. If one does not start, the message says why.',
      },
      { reason: 'Complete', meaning: 'True. Every pod runs the current spec.' },
      { reason: 'NotStarted', meaning: 'There is no Deployment: Accepted says why.' },
      { reason: 'NotApplied', meaning: 'The Deployment still has an older spec: Accepted says why.' },
      { reason: 'Paused', meaning: 'Unknown. Somebody paused the Deployment.' },
      { reason: 'ProgressDeadlineExceeded', meaning: 'No progress for ten minutes. Available says why.' },
      { reason: 'QuotaExceeded', meaning: quota },
      { reason: 'PodSecurityViolation', meaning: "The namespace's Pod Security level refuses the pods." },
      { reason: 'PodsRefused', meaning: 'The API server refuses the pods, in the words of the message.' },
    ],
  },
  {
    type: 'Ready',
    meaning: 'All of the above. This is what `kubectl wait --for=condition=Ready` waits for.',
    reasons: [{ reason: 'Ready', meaning: 'True. When False: the reason and the message of the first that fails.' }],
  },
];
