import { ImageError } from '../image-error.ts';

/** What a toolchain has to be. */
export interface NeededTool {
  /** As people call it: `Go`. */
  readonly name: string;
  /** The lowest version that will do: `1.25`. */
  readonly atLeast: string;
  /** What to do where it is missing or too old: ends the error's message. */
  readonly fix: string;
}

/**
 * Checks a toolchain's version before it is used: too old is as good as missing, and says so better than a compiler does.
 *
 * @param said what the tool says about itself; the first version number in it counts: `go1.26.8`, `rustc 1.95.0 (…)`
 * @throws ImageError `ToolMissing` when it is too old, or says no version
 */
export function checkToolVersion({ name, atLeast, fix }: NeededTool, said: string): void {
  const found = /\d+(?:\.\d+)+/.exec(said)?.[0];
  if (found === undefined) {
    throw new ImageError('ToolMissing', `${name} ${atLeast} is needed; here it says ${JSON.stringify(said)}: ${fix}`);
  }
  if (isOlder(found, atLeast)) {
    throw new ImageError('ToolMissing', `${name} ${atLeast} or newer is needed, here is ${found}: ${fix}`);
  }
}

function isOlder(version: string, than: string): boolean {
  const [left, right] = [version, than].map((text) => text.split('.').map(Number));
  for (const [index, wanted] of (right ?? []).entries()) {
    const had = left?.[index] ?? 0;
    if (had !== wanted) return had < wanted;
  }
  return false;
}
