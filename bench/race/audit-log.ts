import { open } from 'node:fs/promises';
import { type AuditedRequest, parseAuditLine } from './audit.ts';

/** An audit log that is being written. */
export interface AuditLog {
  /** What has come since the last call. */
  read(): Promise<readonly AuditedRequest[]>;
  close(): Promise<void>;
}

/** How much is read at a time, in bytes. */
const CHUNK = 4 * 2 ** 20;

/**
 * Opens one at its beginning.
 *
 * @param users whose requests count
 */
export async function openAuditLog(path: string, users: ReadonlySet<string>): Promise<AuditLog> {
  const file = await open(path, 'r');
  const buffer = Buffer.allocUnsafe(CHUNK);
  let position = 0;
  let rest = Buffer.alloc(0);
  return {
    async read() {
      const requests: AuditedRequest[] = [];
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, CHUNK, position);
        if (bytesRead === 0) return requests;
        position += bytesRead;
        const text = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
        const end = text.lastIndexOf(10) + 1;
        rest = text.subarray(end);
        for (const line of text.toString('utf8', 0, end).split('\n')) {
          const request = line === '' ? undefined : parseAuditLine(line, users);
          if (request !== undefined) requests.push(request);
        }
      }
    },
    close: () => file.close(),
  };
}
