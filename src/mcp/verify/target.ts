import { isIPv6 } from 'node:net';
import type { ProbeOptions } from '../probe.ts';

/** How the pods of one server are spoken to. A change of any of it is a reason to probe at once. */
export interface VerifySettings {
  readonly path: string;
  readonly transport: ProbeOptions['transport'];
  /** What clients send as `Host`. */
  readonly host: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** The path to look at beside MCP. Default: none. */
  readonly healthPath?: string | undefined;
  /** Tells one token from the next without being it; undefined when none is sent. */
  readonly credentials?: string | undefined;
}

/** One pod to be probed: it has an address and its container runs. */
export interface PodTarget {
  readonly uid: string;
  readonly namespace: string;
  readonly pod: string;
  readonly address: string;
  readonly port: number;
  readonly template: string;
  /** What is learnt of how to speak to a pod holds for all pods of this image. */
  readonly image: string;
}

/** A pod, and how it is spoken to. */
export interface Question {
  readonly target: PodTarget;
  readonly settings: VerifySettings;
}

/** Whether an answer to one is an answer to the other. */
export function sameQuestion(a: Question, b: Question): boolean {
  return sameTarget(a.target, b.target) && sameSettings(a.settings, b.settings);
}

/** Whether what one says of the health path holds for the other. */
export function sameHealthQuestion(a: Question, b: Question): boolean {
  return a.settings.healthPath === b.settings.healthPath && sameTarget(a.target, b.target);
}

/** What the kubelet writes into `Host` when it probes this pod. */
export function hostAndPort({ address, port }: PodTarget): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}

function sameTarget(a: PodTarget, b: PodTarget): boolean {
  return a.address === b.address && a.port === b.port && a.image === b.image && a.template === b.template;
}

function sameSettings(a: VerifySettings, b: VerifySettings): boolean {
  return (
    a.path === b.path &&
    a.transport === b.transport &&
    a.host === b.host &&
    a.intervalMs === b.intervalMs &&
    a.timeoutMs === b.timeoutMs &&
    a.healthPath === b.healthPath &&
    a.credentials === b.credentials
  );
}
