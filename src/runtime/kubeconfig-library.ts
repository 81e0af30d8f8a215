import { KubeConfig } from '@kubernetes/client-node';

/**
 * The part of the official client that is used: its credential plugins. A module of its own, loaded only for
 * those, so that a bundler can leave the rest out: 2.7 MB instead of 17.
 */
export const kubeconfigLibrary = { KubeConfig };
