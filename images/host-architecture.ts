import { ImageError } from './image-error.ts';
import type { Architecture } from './oci.ts';

/**
 * What this machine is, in OCI's words.
 *
 * @param arch Node's name of it
 * @throws ImageError `HostUnsupported` for any but the two that are known
 */
export function hostArchitecture(arch: string = process.arch): Architecture {
  if (arch === 'x64') return 'amd64';
  if (arch === 'arm64') return 'arm64';
  throw new ImageError('HostUnsupported', `no image can be built for ${arch}: only x64 and arm64 are known`);
}
