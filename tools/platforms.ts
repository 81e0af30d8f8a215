import { ImageError } from '../images/image-error.ts';
import type { Architecture } from '../images/oci.ts';

/**
 * Which machines an image is for.
 *
 * @param text PLATFORMS, as `docker buildx --platform` has it: `linux/amd64,linux/arm64`
 * @returns undefined when it is not said: then this machine's is meant
 * @throws ImageError `BadReference` for one that no image can be built for
 */
export function platformsIn(text: string | undefined): readonly Architecture[] | undefined {
  if (!text) return undefined;
  const found = text.split(',').map((part): Architecture => {
    const name = part.trim().replace(/^linux\//, '');
    if (name === 'amd64' || name === 'arm64') return name;
    throw new ImageError(
      'BadReference',
      `PLATFORMS has ${JSON.stringify(part)}: write linux/amd64, linux/arm64 or linux/amd64,linux/arm64`,
    );
  });
  return [...new Set(found)].sort();
}
