/**
 * How much of a stranger's answer is accepted. A pod may send anything; a probe must stay small whatever it sends, as a
 * thousand of them share one process.
 */
export interface Limits {
  /** The status line and headers of one answer, in bytes. */
  readonly headerBytes: number;
  /** One body, or one event stream, in bytes. */
  readonly bodyBytes: number;
  /** All bodies of one probe together, in bytes. */
  readonly probeBytes: number;
  /** The body of an HTTP error, in bytes: more of it is left unread. */
  readonly errorBodyBytes: number;
  /** Messages on one stream before the answer. */
  readonly messages: number;
  /** Tools of one server. */
  readonly tools: number;
  /** Pages of one list. */
  readonly pages: number;
}

const KIB = 2 ** 10;
const MIB = 2 ** 20;

/** 20,000 tools with descriptions of some lines are 10 MiB; real servers have a dozen, in 10 KiB. */
export const defaultLimits: Limits = {
  headerBytes: 16 * KIB,
  bodyBytes: 16 * MIB,
  probeBytes: 48 * MIB,
  errorBodyBytes: 64 * KIB,
  messages: 1_000,
  tools: 50_000,
  pages: 2_000,
};
