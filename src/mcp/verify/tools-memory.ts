import { hash } from 'node:crypto';
import { summarise, type Tool, type ToolsSummary } from '../tools.ts';

/**
 * Sums up lists of tools, of which nearly each is the same as the one before: that is told by its text, which is ten times
 * as fast as its canonical form.
 */
export interface ToolsMemory {
  /** As `summarise`; the very same object for the same text as last time. */
  summaryOf(tools: readonly Tool[]): ToolsSummary;
  /** Forgets the last list: the pod is not asked any more. */
  forget(): void;
}

/**
 * The summaries that pods have, each of them once: all pods of an image have the same tools. With a summary of its own for
 * each, a pod with a dozen tools took 2 KB more, and each was summed up anew.
 */
export interface ToolsShelf {
  /** A memory of one pod's list. */
  memory(): ToolsMemory;
  /** Summaries that are held. */
  readonly size: number;
}

/** An empty shelf. */
export function createToolsShelf(): ToolsShelf {
  const held = new Map<string, { readonly summary: ToolsSummary; pods: number }>();

  function hold(text: string, tools: readonly Tool[]): ToolsSummary {
    const known = held.get(text) ?? { summary: summarise(tools), pods: 0 };
    known.pods += 1;
    held.set(text, known);
    return known.summary;
  }

  function giveBack(text: string): void {
    const known = held.get(text);
    if (known === undefined) return;
    known.pods -= 1;
    if (known.pods === 0) held.delete(text);
  }

  return {
    get size() {
      return held.size;
    },
    memory() {
      let last: { readonly text: string; readonly summary: ToolsSummary } | undefined;
      return {
        summaryOf(tools) {
          // The hash, not the text: a thousand pods with a list of a megabyte each would be a gigabyte.
          const text = hash('sha256', JSON.stringify(tools), 'base64');
          if (last?.text === text) return last.summary;
          const summary = hold(text, tools);
          if (last !== undefined) giveBack(last.text);
          last = { text, summary };
          return summary;
        },
        forget() {
          if (last !== undefined) giveBack(last.text);
          last = undefined;
        },
      };
    },
  };
}
