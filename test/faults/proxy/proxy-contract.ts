import type { Clock } from '../../../src/runtime/clock.ts';
import type { FaultSpec } from './fault.ts';
import type { Recording, TraceEntry } from './trace.ts';

/** An API server to pass requests on to. */
export interface ProxyTarget {
  /** `https://host:port`. */
  readonly url: string;
  /** Who signed its certificate, PEM. */
  readonly ca: string;
}

/** What is about to happen to the operator. */
export interface Crash {
  /** The instance to kill. */
  readonly instance: string;
  /** The fault in words. */
  readonly reason: string;
}

/** How a proxy is started. */
export interface FaultProxyOptions {
  readonly target: ProxyTarget;
  /**
   * Kills the operator (`kill -9`) and returns when it is dead. Starting it again is the stage's, after `newInstance`.
   * Default: a crash only cuts the instance off, for good.
   */
  readonly onCrash?: (crash: Crash) => void | Promise<void>;
  /** What names in faults stand for: `{ "$namespace": "test-4711" }`. Default: none. */
  readonly placeholders?: Readonly<Record<string, string>>;
  /** Of the first instance. Default `1`. */
  readonly instance?: string;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** A fault that waits for its trigger. */
export interface InjectedFault {
  readonly spec: FaultSpec;
  /** How often it was done. */
  readonly fired: number;
  /** Resolves when it is done for the first time. */
  readonly firstFired: Promise<void>;
  /** Does it no more; what it holds goes on at once. */
  remove(): void;
}

/** A TLS proxy on loopback between one operator and a real API server, that breaks what it is told to. */
export interface FaultProxy {
  /** `https://127.0.0.1:port`. */
  readonly url: string;
  /** Who signed the proxy's certificate, PEM. */
  readonly ca: string;
  /** Everything so far. It grows. */
  readonly trace: readonly TraceEntry[];
  /** The trace with its placeholders, as it is now. */
  recording(): Recording;
  /** Adds a fault. Faults count each for itself; of those that fire at the same moment the first wins. */
  inject(spec: FaultSpec): InjectedFault;
  /** Removes all faults. */
  clear(): void;
  /** Connections from now on belong to another instance of the operator. @param name Default: the next number */
  newInstance(name?: string): string;
  /** Adds a line to the trace. */
  note(text: string): void;
  /**
   * Writes a kubeconfig that leads to the proxy, with credentials that it passes on. Only a token can be: a client
   * certificate ends at the proxy.
   */
  writeKubeconfig(file: string, user: { readonly token: string; readonly namespace?: string }): Promise<void>;
  /** Resets every connection, and each new one until `accept`: an API server that is down. */
  refuse(): void;
  accept(): void;
  /** Resets every connection that is open. */
  cut(): void;
  /** Passes on to another API server from now on; connections are cut. */
  retarget(target: ProxyTarget): void;
  /** Serves with a new certificate of a new authority from now on; connections are cut. @returns its CA, PEM */
  rotateAuthority(): string;
  /** Requests under way, watches left out. */
  readonly pending: number;
  close(): Promise<void>;
}
