import { hash } from 'node:crypto';
import { summarise, type Tool, type ToolsSummary } from '../tools.ts';

/**
 * Sums up lists of tools, of which nearly each is the same as the one before: that is told by its text, which is ten times
 * as fast as its canonical form.
 */
export interface ToolsMemory {
  /** As `summarise`; the very same object for the same text as last time. */
  summaryOf(tools: readonly Tool[]): ToolsSummary;
}

/** A memory of one list. */
export function createToolsMemory(): ToolsMemory {
  let last: { readonly text: string; readonly summary: ToolsSummary } | undefined;
  return {
    summaryOf(tools) {
      // The hash, not the text: a thousand pods with a list of a megabyte each would be a gigabyte.
      const text = hash('sha256', JSON.stringify(tools), 'base64');
      if (last?.text !== text) last = { text, summary: summarise(tools) };
      return last.summary;
    },
  };
}
