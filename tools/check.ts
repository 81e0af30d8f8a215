import { repositoryRoot } from './generated-file.ts';
import { checks, runCheck } from './testing/check.ts';

// `make check`: what every change must pass before any test runs, as `make test` begins with it.

let failed = false;
for (const check of checks) {
  const { failures } = await runCheck(check, repositoryRoot);
  console.log(`${failures.length === 0 ? 'ok   ' : 'FAIL '} ${check.name}`);
  for (const { text } of failures) console.error(text);
  failed ||= failures.length > 0;
}
process.exitCode = failed ? 1 : 0;
