import type { PodReport } from '../../mcp/verify/report.ts';
import type { Verification } from '../verification.ts';
import { type ConditionVerdict, firstOf, type Policy } from './verdict.ts';

/** `Verified`: does an MCP client get an answer from every pod, now? */
export function verified(verification: Verification): ConditionVerdict {
  return firstOf(
    verification,
    [disabled, tokenMissing, nobodyAsked, failed, podsDisagree, missingTools, unknown, unasked],
    ({ serving, best }) => ({
      status: 'True',
      reason: 'HandshakePassed',
      message: `${serving} of ${serving} pods answer MCP${words(best)}.`,
    }),
  );
}

const verifying: ConditionVerdict = {
  status: 'Unknown',
  reason: 'Verifying',
  message: 'Not every pod that is up has been asked yet.',
};

/** Reasons of an Unknown that is not for want of time: the pods answer, and stay in the endpoints. */
export const reachable: ReadonlySet<string> = new Set(['AuthRequired', 'AuthRejected']);

const disabled: Policy<Verification> = (verification) =>
  verification.disabled
    ? { status: 'Unknown', reason: 'Disabled', message: 'spec.verify.disabled is true.' }
    : undefined;

const tokenMissing: Policy<Verification> = ({ tokenMissing }) =>
  tokenMissing === undefined
    ? undefined
    : {
        status: 'Unknown',
        reason: 'TokenNotFound',
        message: `Secret ${tokenMissing}, which spec.verify.auth.secretKeyRef names, does not exist. Create it, or remove spec.verify.auth.`,
      };

const nobodyAsked: Policy<Verification> = (verification) => {
  if (verification.reports.length > 0) return undefined;
  return verification.serving === 0 ? verifying : notAsked(verification);
};

const failed: Policy<Verification> = ({ reports }) => worst(reports, 'Failed', 'False');

const unknown: Policy<Verification> = ({ reports }) => worst(reports, 'Unknown', 'Unknown');

const podsDisagree: Policy<Verification> = ({ disagreement }) => {
  if (disagreement === undefined) return undefined;
  const [a, b] = disagreement;
  return {
    status: 'False',
    reason: 'PodsDisagree',
    message: `Pods of one image differ: ${a.pod} is${words(a)}, ${b.pod} is${words(b)}. Clients get one or the other: find out what makes them differ.`,
  };
};

const missingTools: Policy<Verification> = ({ missingTools }) =>
  missingTools === undefined
    ? undefined
    : {
        status: 'False',
        reason: 'MissingTools',
        message: `Pod ${missingTools.pod} does not offer ${missingTools.tools.join(', ')}, which spec.verify.expectTools names.`,
      };

/** A pod is asked within seconds of its start: until then, what was last said of its server stands. */
const unasked: Policy<Verification> = (verification) =>
  verification.unasked.length === 0 ? undefined : notAsked(verification);

function notAsked({ lastVerdict, fault }: Verification): ConditionVerdict {
  if (lastVerdict !== undefined) return lastVerdict;
  return fault === undefined ? verifying : { status: 'Unknown', reason: 'ProbeError', message: `${fault.message}.` };
}

/** The first by pod name, so that the choice does not move while nothing changes. */
function worst(
  reports: readonly PodReport[],
  standing: PodReport['standing'],
  status: ConditionVerdict['status'],
): ConditionVerdict | undefined {
  const report = reports.find((each) => each.standing === standing);
  return report === undefined ? undefined : { status, reason: report.verdict, message: `${report.message}.` };
}

function words(report: PodReport | undefined): string {
  if (report?.server === undefined) return '';
  const { name, version, protocolVersion } = report.server;
  const who = [name, version].filter((part) => part !== undefined).join(' ');
  const count = report.tools?.count ?? 0;
  const tools = count === 0 ? 'no tools' : `${count} ${count === 1 ? 'tool' : 'tools'}`;
  return ` ${protocolVersion}${who === '' ? '' : `: ${who}`}, ${tools}`;
}
