import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WebhookError } from './webhook-error.ts';

test('anything thrown becomes one, and one stays what it is', () => {
  const late = new WebhookError('Late', 'too late');
  assert.equal(WebhookError.from(late), late);
  const cause = new TypeError('x is undefined');
  const failed = WebhookError.from(cause);
  assert.deepEqual([failed.code, failed.message, failed.cause], ['Failed', 'x is undefined', cause]);
  assert.equal(WebhookError.from('text').message, 'text');
});
