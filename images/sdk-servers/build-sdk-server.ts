import { type BuildOptions, type BuiltImage, buildRecipe } from '../build.ts';
import { ImageError } from '../image-error.ts';
import { type SdkImageName, type SdkServer, type SdkServerName, sdkImages, sdkServers } from './catalog.ts';

/**
 * Builds the image of a server, or finds the one that was built before: several servers share an image.
 *
 * @throws ImageError with the code that says why; see `missingToolchain`
 */
export function buildSdkServer(name: SdkServerName, options: BuildOptions = {}): Promise<BuiltImage<SdkImageName>> {
  const { image } = sdkServers[name];
  return buildRecipe(image, sdkImages[image], options);
}

/**
 * Why an image cannot be built on this machine, so that whoever can do without it can say so and go on.
 *
 * @param thrown what building it threw
 * @returns the reason and its remedy in a line; undefined for a failure that must not be passed over
 */
export function missingToolchain(thrown: unknown): string | undefined {
  const error = ImageError.from(thrown);
  return error.code === 'ToolMissing' || error.code === 'HostUnsupported' ? error.message : undefined;
}

/**
 * What the container's environment has to hold so that clients reach the server by a Service's name.
 *
 * @param host the name without a port: `NAME.NAMESPACE.svc`
 */
export function environmentFor(server: SdkServer, host: string): Readonly<Record<string, string>> {
  return server.hostCheck === 'Always' ? { ALLOWED_HOSTS: allowedHosts(server, host) } : {};
}

/**
 * `ALLOWED_HOSTS` in the spelling that the server's SDK wants.
 *
 * @param host the only name, without a port, that is to be allowed; on any port
 */
export function allowedHosts({ image }: SdkServer, host: string): string {
  // Python compares with the port; the others leave it out of the comparison when the list does.
  return image === 'sdk-python-v1' || image === 'sdk-python-v2' ? `${host}:*` : host;
}
