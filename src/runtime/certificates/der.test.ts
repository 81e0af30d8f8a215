import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as der from './der.ts';

const hex = (value: Buffer) => value.toString('hex');

test('lengths up to 127 take one byte, longer ones as many as they need and one', () => {
  const cases: [number, string][] = [
    [0, '0400'],
    [127, '047f'],
    [128, '048180'],
    [255, '0481ff'],
    [256, '04820100'],
    [65_536, '0483010000'],
  ];
  for (const [length, start] of cases) {
    const encoded = der.octets(Buffer.alloc(length));
    assert.equal(hex(encoded.subarray(0, encoded.length - length)), start, `${length} bytes`);
  }
});

test('an integer is minimal and never reads as negative', () => {
  const cases: [number[], string][] = [
    [[0], '020100'],
    [[], '020100'],
    [[2], '020102'],
    [[0x7f], '02017f'],
    [[0x80], '02020080'],
    [[0, 0, 1], '020101'],
    [[0, 0x80, 0], '0203008000'],
  ];
  for (const [bytes, expected] of cases) assert.equal(hex(der.integer(Buffer.from(bytes))), expected);
});

test('object identifiers, as X.690 8.19 has them', () => {
  const cases: [string, string][] = [
    ['2.5.4.3', '0603550403'],
    ['1.2.840.10045.4.3.2', '06082a8648ce3d040302'],
    ['1.3.6.1.5.5.7.3.1', '06082b06010505070301'],
    ['2.5.29.128', '0604551d8100'],
  ];
  for (const [dotted, expected] of cases) assert.equal(hex(der.oid(dotted)), expected, dotted);
});

test('a moment is UTCTime until 2049 and GeneralizedTime from 2050 on', () => {
  assert.equal(der.time(Date.UTC(2026, 0, 2, 3, 4, 5, 678)).toString('latin1'), '\x17\x0d260102030405Z');
  assert.equal(der.time(Date.UTC(2049, 11, 31, 23, 59, 59)).toString('latin1'), '\x17\x0d491231235959Z');
  assert.equal(der.time(Date.UTC(2050, 0, 1)).toString('latin1'), '\x18\x0f20500101000000Z');
});

test('the composed types have their tags', () => {
  const value = der.utf8('é');
  assert.equal(hex(value), '0c02c3a9');
  assert.equal(hex(der.sequence(value, der.yes)), '30070c02c3a90101ff');
  assert.equal(hex(der.set(value)), '31040c02c3a9');
  assert.equal(hex(der.explicit(3, value)), 'a3040c02c3a9');
  assert.equal(hex(der.implicit(7, Buffer.from([127, 0, 0, 1]))), '87047f000001');
  assert.equal(hex(der.bits(Buffer.from([0x80]), 7)), '03020780');
});
