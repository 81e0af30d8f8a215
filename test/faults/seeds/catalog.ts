import type { SourcePatch } from './patch.ts';

/** A deliberate defect. Nothing says who must find it: some plan has to. */
export interface Seed {
  readonly name: string;
  /** What goes wrong in production with it. */
  readonly about: string;
  readonly patches: readonly SourcePatch[];
}

const one = (name: string, about: string, file: string, find: string, replace: string): Seed => ({
  name,
  about,
  patches: [{ file, find, replace }],
});

/** A leader without a fence, that nobody ends when its lease is lost. The plans know one operator: see ha/leader.test.ts. */
export const unfenced: Seed = {
  name: 'unfenced',
  about: 'a leader that has lost its lease writes on, beside the next one',
  patches: [
    {
      file: 'src/runtime/election.ts',
      find: 'if (nameOf(resource) === nameOf(leases) || isLeader()) return;',
      replace: 'if (nameOf(resource) === nameOf(leases) || !closed) return;',
    },
    {
      file: 'src/runtime/election.ts',
      find: '  function lose(reason: string): void {\n    closed = true;\n',
      replace: '  function lose(reason: string): void {\n    if (reason !== undefined) return;\n',
    },
  ],
};

/** Defects that operators have had, one in each. */
export const seeds: readonly Seed[] = [
  one(
    'owner-omitted',
    'children have no owner: they outlive their server',
    'src/controller/objects/metadata.ts',
    `    ownerReferences: [
      {
        apiVersion: apiVersionOf(mcpServers),
        kind: mcpServers.kind,
        name,
        uid: uid ?? '',
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
`,
    '    ...(uid === undefined ? { ownerReferences: [{ apiVersion: apiVersionOf(mcpServers), kind: mcpServers.kind, name }] } : {}),\n',
  ),
  one(
    'error-not-retried',
    'a key whose reconcile failed is dropped: nothing happens until somebody changes something',
    'src/runtime/controller.ts',
    'return queue.retry(key, outcome.error.retryAfterMs);',
    'return void queue.forget(key);',
  ),
  one(
    'conflict-taken-for-success',
    'a 409 ends the work on a key as if it had been done',
    'src/runtime/reconcile-outcome.ts',
    "if (error.code === 'Conflict') return { kind: 'conflict', error };",
    "if (error.code === 'Conflict') return { kind: 'success' };",
  ),
  one(
    'lost-answer-taken-for-success',
    'a write whose answer never came counts as done',
    'src/runtime/reconcile-outcome.ts',
    "if (error.code === 'Conflict') return { kind: 'conflict', error };",
    "if (error.code === 'Conflict') return { kind: 'conflict', error };\n  if (error.code === 'Network') return { kind: 'success' };",
  ),
  one(
    'strangers-taken-over',
    'a create takes over whatever has the name',
    'src/controller/act.ts',
    'return client.apply(resourceOf[kind], guarded);\n}\n\n/** Changes what is ours',
    'return client.apply(resourceOf[kind], { ...guarded, metadata: wish.metadata }, { force: true });\n}\n\n/** Changes what is ours',
  ),
  one(
    'stale-reads',
    'decisions are made from a cache that has not seen the own writes yet',
    'src/runtime/consistency.ts',
    '      if (mine.size > 0) return false;\n',
    '',
  ),
  one(
    'dead-after-410',
    'a watch that is told 410 is never opened again',
    'src/runtime/reflector.ts',
    '          const wait = afterFailure(ApiError.from(thrown));\n',
    "          const wait = afterFailure(ApiError.from(thrown));\n          if (ApiError.from(thrown).code === 'Gone') return;\n",
  ),
  one(
    'older-lists-believed',
    'a list from a server that lags replaces a newer cache',
    'src/runtime/reflector.ts',
    'if (continueToken === undefined) requireNewer(page.resourceVersion);',
    'if (continueToken === undefined) rewinding = isOlder(page.resourceVersion);',
  ),
  one(
    'watch-without-deadline',
    'a connection that dies without a word is waited for without end',
    'src/runtime/watch-stream.ts',
    '  let cancel = clock.after(timeoutSeconds * 1000 + GRACE_MS, check);\n',
    '  let cancel = (): void => undefined;\n  if (GRACE_MS < 0) cancel = clock.after(timeoutSeconds, check);\n',
  ),
  one(
    'watch-errors-swallowed',
    'a line of a watch that is no event is skipped, and the watch goes on without it',
    'src/runtime/watch-stream.ts',
    'for (const line of lines.push(chunk)) yield parseEvent<T>(line, what);\n    }\n    lines.end();',
    'for (const line of lines.push(chunk)) {\n        try {\n          yield parseEvent<T>(line, what);\n        } catch {\n          for (;;) await new Promise((resolve) => setTimeout(resolve, 60_000));\n        }\n      }\n    }',
  ),
  one(
    'status-before-children',
    'the status calls a spec accepted before it has been carried out',
    'src/controller/reconcile.ts',
    '  const gated = await setGates(parts, key, before, log);\n',
    '  await showStatus(parts, key, before, statusOf(before), log);\n  const gated = await setGates(parts, key, before, log);\n',
  ),
  one(
    'status-not-awaited',
    'what goes wrong with a status write is nobody’s error',
    'src/controller/reconcile.ts',
    'const shown = await showStatus(parts, key, after, statusOf(after), log);',
    'void showStatus(parts, key, after, statusOf(after), log);\n  const shown = before.server.status;',
  ),
  one(
    'hash-omitted',
    'what was dropped from the wish stays in the child',
    'src/controller/objects/applied-hash.ts',
    'return { ...object, metadata: { ...object.metadata, annotations } };',
    'return annotations === undefined ? object : { ...object };',
  ),
  one(
    'secret-not-watched',
    'a server that waits for its Secret is not looked at when that comes',
    'src/controller/triggers.ts',
    "if (kind !== 'update' || isToken) enqueue(keyOf(server), kind);",
    'if (isToken) enqueue(keyOf(server), kind);',
  ),
  one(
    'key-lost-at-work',
    'a change that comes while its server is worked on is forgotten',
    'src/runtime/queue.ts',
    "    else if (entry.state === 'working') wantAgain(entry, wish);\n",
    "    else if (entry.state === 'working') void wantAgain;\n",
  ),
  one(
    'deletions-missed',
    'a relist does not take away what is gone',
    'src/runtime/reflector.ts',
    'for (const key of [...sink.keys()]) if (!seen.has(key)) sink.remove(key, undefined);',
    'if (seen.size < 0) for (const key of sink.keys()) sink.remove(key, undefined);',
  ),
];
