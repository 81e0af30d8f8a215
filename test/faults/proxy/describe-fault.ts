import type { EventAction, EventMatch, FaultSpec, RequestAction, RequestMatch, WatchAction } from './fault.ts';

/**
 * A fault in a sentence, for traces and lists: `the 2nd apply of deployments.apps weather: crash after commit`.
 */
export function describeFault(spec: FaultSpec): string {
  const { times = 1 } = spec;
  const many = times === null ? ' and all after it' : times > 1 ? ` and ${times - 1} more` : '';
  return `${ordinal(spec.nth)} ${describeTrigger(spec)}${many}: ${describeAction(spec)}`;
}

/** What is done, in words. */
export function describeAction(spec: FaultSpec): string {
  switch (spec.on) {
    case 'request':
      return describeRequestAction(spec.action);
    case 'watch':
      return describeWatchAction(spec.action);
    case 'event':
      return describeEventAction(spec.action);
  }
}

/** `1st`, `2nd`, `3rd`, `4th`, `11th`. */
export function ordinal(n: number): string {
  const teen = n % 100 >= 11 && n % 100 <= 13;
  const suffix = teen ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${suffix}`;
}

function describeTrigger(spec: FaultSpec): string {
  switch (spec.on) {
    case 'request':
      return describeRequestMatch(spec.match);
    case 'watch':
      return describeRequestMatch({ ...spec.match, verb: 'watch' });
    case 'event':
      return describeEventMatch(spec.match);
  }
}

function describeRequestMatch(match: RequestMatch): string {
  const { verb = 'request', resource, subresource } = match;
  const what = typeof verb === 'string' ? verb : verb.join(' or ');
  const resourceText = `${resource ?? 'anything'}${subresource ? `/${subresource}` : ''}`;
  return `${what} of ${resourceText}${describeObject(match)}`;
}

function describeEventMatch(match: EventMatch): string {
  return `${match.type ?? 'event'} of ${match.resource}${describeObject(match)}`;
}

function describeObject({ namespace, name, diff = {} }: RequestMatch | EventMatch): string {
  const where = name === undefined ? (namespace === undefined ? '' : ` in ${namespace}`) : ` ${name}`;
  const values = Object.entries(diff).map(([pointer, value]) => `${pointer} = ${JSON.stringify(value)}`);
  return `${where}${values.length === 0 ? '' : ` with ${values.join(', ')}`}`;
}

function describeRequestAction(action: RequestAction): string {
  switch (action.do) {
    case 'crash':
      return {
        before: 'crash before it arrives',
        'after-commit': 'crash after commit',
        'after-answer': 'crash after the answer',
      }[action.when];
    case 'answer': {
      const wait = action.retryAfter === undefined ? '' : ` with Retry-After ${action.retryAfter}`;
      return `${action.status}${wait}${action.commit ? ', though it was done' : ''}`;
    }
    case 'reset':
      return action.commit ? 'reset instead of the answer' : 'reset before it arrives';
    case 'hold':
      return `${action.what} held for ${action.ms} ms`;
    case 'black-hole':
      return `${action.commit ? 'done, but ' : ''}never answered${endOf(action.ms)}`;
    case 'truncate':
      return 'half of the answer';
    case 'list-older':
      return `the state after the ${ordinal(action.nth)} ${describeEventMatch(action.to)}`;
  }
}

function describeWatchAction(action: WatchAction): string {
  switch (action.do) {
    case 'expire':
      return action.how === 'http' ? 'HTTP 410' : 'an ERROR event with 410';
    case 'bookmarks-only':
      return `only bookmarks for ${action.ms} ms`;
    case 'close-after-event':
      return 'ends after its first event';
    case 'chop':
      return `in chunks of ${action.bytes} B`;
  }
}

function describeEventAction(action: EventAction): string {
  switch (action.do) {
    case 'hold':
      return `held for ${action.ms} ms`;
    case 'unobserved':
      return `never seen, only the next ${action.until ?? 'event'} of the object`;
    case 'duplicate':
      return `sent ${action.copies + 1} times`;
    case 'error':
      if (action.afterMs !== undefined) return `an ERROR event with ${action.code} ${action.afterMs} ms after it`;
      return `an ERROR event with ${action.code} instead`;
    case 'black-hole':
      return `silence from here on${endOf(action.ms)}`;
    case 'reset':
      return `reset ${action.when} it`;
    case 'close':
      return `end of the watch ${action.when} it`;
    case 'truncate':
      return 'half of its line, then the end';
    case 'chop':
      return action.bytes === 'utf8' ? 'cut within its characters' : `in chunks of ${action.bytes} B`;
    case 'crash':
      return `crash ${action.when} it is sent`;
    case 'time-travel': {
      const what = action.resources.length === 0 ? 'everything' : action.resources.join(', ');
      const how = action.restart ? 'crash, and then' : 'watches reset, and then';
      return `${how} ${what} as of the ${ordinal(action.nth)} ${describeEventMatch(action.to)} for ${action.ms} ms`;
    }
  }
}

function endOf(ms: number | null): string {
  return ms === null ? '' : `, reset after ${ms} ms`;
}
