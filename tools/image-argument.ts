import { ClusterError } from '../cluster/cluster-error.ts';
import { exitCodeOf } from '../images/cli.ts';
import { ImageError } from '../images/image-error.ts';
import { parseReference } from '../images/reference.ts';

/**
 * Which image a command is about.
 *
 * @param args the command line; its one argument wins
 * @param env IMG, which `make docker-build IMG=…` sets
 * @returns the reference with its tag
 * @throws ImageError `BadReference` when there is none, more than one, or it is malformed
 */
export function imageArgument(args: readonly string[], env: Readonly<Record<string, string | undefined>>): string {
  if (args.length > 1)
    throw new ImageError('BadReference', `one image is expected, not ${args.length}: ${args.join(' ')}`);
  const text = args[0] ?? env.IMG ?? '';
  if (text === '')
    throw new ImageError('BadReference', 'no image is named: add IMG=registry.example/team/smooth-operator:v1');
  return parseReference(text).familiar;
}

/** Runs a command to its end and sets the process' exit code; see `exitCodeOf`. */
export async function exitWith(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (thrown) {
    if (thrown instanceof ClusterError) {
      console.error(thrown.format());
      process.exitCode = 1;
      return;
    }
    process.exitCode = exitCodeOf(thrown, (line) => console.error(line));
  }
}
