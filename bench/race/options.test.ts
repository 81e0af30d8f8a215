import assert from 'node:assert/strict';
import { test } from 'node:test';
import { help, raceOptions } from './options.ts';
import { phaseNames } from './phase-result.ts';

const options = (...args: string[]) => {
  const parsed = raceOptions(args);
  assert.ok(parsed !== undefined);
  return parsed;
};

test('without options it is a whole run, which is saved', () => {
  assert.deepEqual(options(), {
    servers: [500, 2_000, 10_000],
    runs: 1,
    phases: new Set(phaseNames),
    adapters: [],
    withOperator: true,
    inFlight: 16,
    singles: 200,
    steadySeconds: 30,
    profile: false,
    save: true,
    resume: false,
  });
});

test('every option is taken, and told of by the help', () => {
  const given = options(
    '--n=100,200',
    '--runs=3',
    '--phases=start,single',
    '--adapter=a.json',
    '--adapter=b.json',
    '--without-operator',
    '--in-flight=4',
    '--singles=9',
    '--steady=60',
    '--profile',
    '--save',
    '--resume',
  );
  assert.deepEqual(given, {
    servers: [100, 200],
    runs: 3,
    phases: new Set(['start', 'single']),
    adapters: ['a.json', 'b.json'],
    withOperator: false,
    inFlight: 4,
    singles: 9,
    steadySeconds: 60,
    profile: true,
    save: true,
    resume: true,
  });
  const names = 'n runs phases adapter without-operator in-flight singles steady profile save no-save resume'.split(
    ' ',
  );
  for (const name of names) assert.match(help, new RegExp(`--${name}\\b`), name);
});

test('what is only a part of it is not saved, unless that is asked for', () => {
  const parts = ['--n=500', '--phases=burst', '--profile', '--without-operator', '--adapter=a.json'];
  for (const part of parts) {
    assert.equal(options(part).save, false, part);
    assert.equal(options(part, '--save').save, true, part);
  }
  assert.equal(options('--no-save').save, false);
  assert.equal(options('--runs=3').save, true);
});

test('what needs servers brings the burst along that makes them', () => {
  assert.deepEqual([...options('--phases=restart').phases].sort(), ['burst', 'restart']);
  assert.deepEqual([...options('--phases=start, single').phases], ['start', 'single']);
});

test('help is asked for', () => {
  assert.equal(raceOptions(['--help']), undefined);
});

test('what cannot be is refused in words', () => {
  assert.throws(() => raceOptions(['--n=500,']), /--n must be a whole number of at least 1, not ""/);
  assert.throws(() => raceOptions(['--n=1e9.5']), /not "1e9.5"/);
  assert.throws(() => raceOptions(['--runs=0']), /--runs must be a whole number of at least 1, not "0"/);
  assert.throws(() => raceOptions(['--phases=brust']), /there is no "brust"; there are start, single, burst/);
  assert.throws(() => raceOptions(['--fast']), /fast/);
});
