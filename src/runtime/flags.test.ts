import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addressFlag, booleanFlag, checkNamespace, choiceFlag, integerFlag, listFlag, textFlag } from './flag-types.ts';
import { type Program, parseFlags } from './flags.ts';

const flags = {
  kubeconfig: textFlag({ description: 'File to read.', placeholder: 'file', example: '/etc/kubeconfig' }),
  metricsBindAddress: addressFlag({ description: 'Where metrics are served.', default: ':8080' }),
  leaderElect: booleanFlag({ description: 'One at a time.', default: false }),
  watchNamespaces: listFlag({
    description: 'Which namespaces.',
    placeholder: 'names',
    example: 'team-a,team-b',
    shown: 'all',
    check: checkNamespace,
  }),
  maxConcurrentReconciles: integerFlag({ description: 'How many.', default: 16, min: 1, max: 1_000 }),
  logLevel: choiceFlag({ description: 'How much.', choices: ['debug', 'info'], default: 'info' }),
};
const program: Program = {
  name: 'prog',
  version: '1.2.3',
  description: 'Does things.',
  epilogue: 'Example:\n  prog --leader-elect',
};
const defaults = {
  kubeconfig: undefined,
  metricsBindAddress: { host: undefined, port: 8080 },
  leaderElect: false,
  watchNamespaces: [],
  maxConcurrentReconciles: 16,
  logLevel: 'info',
};
type Env = Readonly<Record<string, string>>;

function values(argv: readonly string[], env: Env = {}) {
  const outcome = parseFlags(program, flags, argv, env);
  assert.ok(outcome.kind === 'run', 'text' in outcome ? outcome.text : '');
  return outcome.values;
}

function refusal(argv: readonly string[], env: Env = {}): string {
  const outcome = parseFlags(program, flags, argv, env);
  assert.ok(outcome.kind === 'refuse', outcome.kind);
  assert.equal(outcome.exitCode, 2);
  const [last, ...lines] = outcome.text.split('\n').reverse();
  assert.equal(last, 'Run prog --help for all flags.');
  return lines.reverse().join('\n');
}

describe('flags: values', () => {
  test('without any there are the defaults', () => assert.deepEqual(values([]), defaults));

  const given: readonly (readonly [argv: readonly string[], Partial<Record<keyof typeof flags, unknown>>])[] = [
    [['--kubeconfig=/a'], { kubeconfig: '/a' }],
    [['--kubeconfig', '/a'], { kubeconfig: '/a' }],
    [['--metrics-bind-address=0'], { metricsBindAddress: 'disabled' }],
    [['--metrics-bind-address', '[::1]:9'], { metricsBindAddress: { host: '::1', port: 9 } }],
    [['--leader-elect'], { leaderElect: true }],
    [['--leader-elect=true'], { leaderElect: true }],
    [['--leader-elect=false'], { leaderElect: false }],
    [['--leader-elect', '--log-level=debug'], { leaderElect: true, logLevel: 'debug' }],
    [['--watch-namespaces=a,b'], { watchNamespaces: ['a', 'b'] }],
    [['--watch-namespaces', 'a', '--watch-namespaces=b'], { watchNamespaces: ['a', 'b'] }],
    [['--watch-namespaces='], { watchNamespaces: [] }],
    [['--max-concurrent-reconciles=1', '--max-concurrent-reconciles=2'], { maxConcurrentReconciles: 2 }],
  ];
  for (const [argv, expected] of given) {
    test(argv.join(' '), () => assert.deepEqual(values(argv), { ...defaults, ...expected }));
  }

  test('types follow from the flags', () => {
    const { leaderElect, maxConcurrentReconciles, kubeconfig, watchNamespaces } = values([]);
    const typed: readonly [boolean, number, string | undefined, readonly string[]] = [
      leaderElect,
      maxConcurrentReconciles,
      kubeconfig,
      watchNamespaces,
    ];
    assert.deepEqual(typed, [false, 16, undefined, []]);
  });
});

describe('flags: environment', () => {
  test('each flag has its variable', () => {
    const env = {
      KUBECONFIG: '/a',
      METRICS_BIND_ADDRESS: ':1',
      LEADER_ELECT: 'true',
      WATCH_NAMESPACES: 'a,b',
      MAX_CONCURRENT_RECONCILES: '3',
      LOG_LEVEL: 'debug',
    };
    assert.deepEqual(values([], env), {
      kubeconfig: '/a',
      metricsBindAddress: { host: undefined, port: 1 },
      leaderElect: true,
      watchNamespaces: ['a', 'b'],
      maxConcurrentReconciles: 3,
      logLevel: 'debug',
    });
  });

  test('the command line wins', () => {
    const env = { LEADER_ELECT: 'true', WATCH_NAMESPACES: 'a', LOG_LEVEL: 'nonsense' };
    assert.deepEqual(values(['--leader-elect=false', '--watch-namespaces=b', '--log-level=debug'], env), {
      ...defaults,
      watchNamespaces: ['b'],
      logLevel: 'debug',
    });
  });

  test('an empty variable counts as none', () => {
    assert.deepEqual(values([], { KUBECONFIG: '', LOG_LEVEL: '', LEADER_ELECT: '' }), defaults);
  });

  test('a bad variable is named as such', () => {
    assert.equal(
      refusal([], { LOG_LEVEL: 'loud' }),
      'prog: LOG_LEVEL=loud: must be one of debug, info; for example --log-level=info',
    );
  });

  test('the process’s own environment plays no part', () => {
    process.env.LOG_LEVEL = 'debug';
    try {
      assert.equal(values([]).logLevel, 'info');
    } finally {
      delete process.env.LOG_LEVEL;
    }
  });
});

describe('flags: refusals name flag, value and fix', () => {
  const rows: readonly (readonly [argv: readonly string[], text: string])[] = [
    [
      ['--max-concurrent-reconciles=0'],
      '--max-concurrent-reconciles=0: must be a whole number from 1 to 1000; for example --max-concurrent-reconciles=16',
    ],
    [
      ['--max-concurrent-reconciles', '-1'],
      '--max-concurrent-reconciles=-1: must be a whole number from 1 to 1000; for example --max-concurrent-reconciles=16',
    ],
    [
      ['--metrics-bind-address=abc'],
      '--metrics-bind-address=abc: must be an address such as :8080, 127.0.0.1:8080 or [::1]:8080, or 0 for none; for example --metrics-bind-address=:8080',
    ],
    [
      ['--watch-namespaces=ok,Bad_Name'],
      '--watch-namespaces=ok,Bad_Name: "Bad_Name" must be the name of a namespace: at most 63 lower-case letters, digits and dashes, a letter or digit at both ends; for example --watch-namespaces=team-a,team-b',
    ],
    [['--leader-elect=maybe'], '--leader-elect=maybe: must be true or false; for example --leader-elect=true'],
    [['--kubeconfig='], '--kubeconfig=: must not be empty; for example --kubeconfig=/etc/kubeconfig'],
    [['--kubeconfig'], "option '--kubeconfig <file>' argument missing"],
    [['--leader-elct'], "unknown flag '--leader-elct'\n(Did you mean --leader-elect?)"],
    [['--zzz=1'], "unknown flag '--zzz=1'"],
    [['-x'], "unknown flag '-x'"],
    [['run'], 'too many arguments. Expected 0 arguments but got 1: run.'],
  ];
  for (const [argv, text] of rows) test(argv.join(' '), () => assert.equal(refusal(argv), `prog: ${text}`));

  test('all bad values at once', () => {
    const lines = refusal(['--max-concurrent-reconciles=0', '--leader-elect=maybe'], { LOG_LEVEL: 'loud' }).split('\n');
    assert.equal(lines.length, 3);
  });

  test('a strange value is shown on one line, and not for ever', () => {
    assert.match(refusal([`--log-level=two\nlines`]), /--log-level="two\\nlines": must be/);
    assert.ok(refusal([`--log-level=${'x'.repeat(5_000)}`]).length < 400);
  });
});

describe('flags: help and version', () => {
  test('--version prints the version', () => {
    assert.deepEqual(parseFlags(program, flags, ['--version'], {}), { kind: 'print', text: '1.2.3', exitCode: 0 });
  });

  test('--help shows every flag with its default and its variable, and the epilogue', () => {
    const outcome = parseFlags(program, flags, ['--help'], {});
    assert.ok(outcome.kind === 'print');
    const text = outcome.text.replace(/\s+/g, ' ');
    for (const part of [
      'Usage: prog',
      'Does things.',
      '--kubeconfig <file> File to read. (env: KUBECONFIG)',
      '--metrics-bind-address <address> Where metrics are served. (default: :8080, env: METRICS_BIND_ADDRESS)',
      '--leader-elect [true|false] One at a time. (default: false, env: LEADER_ELECT)',
      '--watch-namespaces <names> Which namespaces. (default: all, env: WATCH_NAMESPACES)',
      '--max-concurrent-reconciles <n> How many. (default: 16, env: MAX_CONCURRENT_RECONCILES)',
      '--log-level <debug|info> How much. (default: info, env: LOG_LEVEL)',
      'Example: prog --leader-elect',
    ]) {
      assert.ok(text.includes(part), `${part} is missing in:\n${outcome.text}`);
    }
  });

  test('--help wins over a bad value', () => {
    assert.equal(parseFlags(program, flags, ['--log-level=loud', '--help'], {}).kind, 'print');
  });

  test('a program without an epilogue needs none', () => {
    const { epilogue: _epilogue, ...plain } = program;
    const outcome = parseFlags(plain, flags, ['--help'], {});
    assert.ok(outcome.kind === 'print' && !outcome.text.includes('Example'));
  });
});
