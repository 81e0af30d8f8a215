import { textAt, valueAt } from './json-pointer.ts';
import { parsedJson } from './parsed-json.ts';

/** One line of a watch. */
export interface EventLine {
  readonly type: string;
  readonly object: unknown;
  /** The line as it came, its line break included. */
  readonly bytes: Buffer;
}

/** Bytes in, lines out, each with its line break. What is left at the end is no line. */
export function createLineSplitter(): (chunk: Buffer) => readonly Buffer[] {
  let pending: Buffer = Buffer.alloc(0);
  return (chunk) => {
    const all = Buffer.concat([pending, chunk]);
    const lines: Buffer[] = [];
    let from = 0;
    for (let at = all.indexOf(0x0a); at >= 0; at = all.indexOf(0x0a, from)) {
      lines.push(all.subarray(from, at + 1));
      from = at + 1;
    }
    pending = all.subarray(from);
    return lines;
  };
}

/** A line as an event; what is none has an empty type. */
export function parseEventLine(bytes: Buffer): EventLine {
  const event = parsedJson(bytes.toString('utf8'));
  return { type: textAt(event, '/type') ?? '', object: valueAt(event, '/object'), bytes };
}

/** An event as a line. */
export function eventLine(type: string, object: unknown): Buffer {
  return Buffer.from(`${JSON.stringify({ type, object })}\n`);
}

/**
 * One event in the place of several of one object, as somebody sees it who was away and lists: created and changed is
 * created, created and deleted is nothing, deleted and created anew is changed.
 *
 * @param first the type of the first of them
 * @param last the last of them
 */
export function merged(first: string, last: EventLine): Buffer | undefined {
  const existedBefore = first !== 'ADDED';
  const existsAfter = last.type !== 'DELETED';
  if (!existedBefore && !existsAfter) return undefined;
  const type = existsAfter ? (existedBefore ? 'MODIFIED' : 'ADDED') : 'DELETED';
  return type === last.type ? last.bytes : eventLine(type, last.object);
}
