import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { jsonLog } from './log.ts';

describe('jsonLog', () => {
  const linesOf = (write: (log: ReturnType<typeof jsonLog>) => void): string[] => {
    const lines: string[] = [];
    write(jsonLog((line) => lines.push(line)));
    return lines;
  };

  it('writes one JSON line for each event', () => {
    const lines = linesOf((log) => {
      log('listening', { port: 8080 });
      log('stopped');
    });
    assert.deepEqual(lines, ['{"event":"listening","port":8080}\n', '{"event":"stopped"}\n']);
  });

  it('stays on one line whatever is in it', () => {
    const [line] = linesOf((log) => log('request failed', { error: 'one\ntwo' }));
    assert.equal(line?.indexOf('\n'), line === undefined ? 0 : line.length - 1);
    assert.equal(JSON.parse(line ?? '').error, 'one\ntwo');
  });
});
