import { parse } from 'yaml';

/** The YAML parser, in a module of its own: loaded for a kubeconfig, so never in a pod. */
export const parseYaml: (text: string) => unknown = parse;
