/** What the environment says about how to serve. */
export interface Settings {
  /** `PORT`, default 8080; 0 takes any free port. */
  readonly port: number;
  /**
   * `ALLOWED_ORIGINS`, comma-separated, default none: web pages that may call this server. MCP clients send no Origin;
   * a browser does, also when a page is made to reach for an address that is not its own (DNS rebinding).
   */
  readonly allowedOrigins: readonly string[];
  /** `GREETING`: the word that the `greet` tool uses. It comes from the Secret that `spec.secretName` names. */
  readonly greeting: string | undefined;
}

/** A setting that is not what it should be. The message names the variable, its value and what is right. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly code = 'BadSetting';
}

/**
 * Reads the settings.
 *
 * @param env the process' environment
 * @throws SettingsError on a value that cannot be used
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  return {
    port: readPort(env.PORT),
    allowedOrigins: (env.ALLOWED_ORIGINS ?? '').split(',').filter((origin) => origin !== ''),
    greeting: env.GREETING,
  };
}

function readPort(text: string | undefined): number {
  if (text === undefined || text === '') return 8080;
  const port = Number(text);
  if (!/^[0-9]+$/.test(text) || port > 65535) {
    throw new SettingsError(`PORT is ${JSON.stringify(text)}: it has to be a number from 0 to 65535`);
  }
  return port;
}
