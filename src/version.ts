import { createRequire } from 'node:module';

/** The program's name, in log lines, events and the API server's audit log. */
export const NAME = 'smooth-operator';

/** The version in package.json, the one place where it stands. An image has that file above its bundle, as a checkout has. */
export const VERSION: string = createRequire(import.meta.url)('../package.json').version;
