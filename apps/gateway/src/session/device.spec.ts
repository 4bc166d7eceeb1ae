import { describe, expect, it } from '@jest/globals';
import { deviceOf } from './device.js';

describe('the device of a session', () => {
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15',
      'Safari on macOS',
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
      'Chrome on Windows',
    ],
    ['curl/8.5.0', 'curl'],
    ['millrace-cli/0.1.0 (linux)', 'millrace-cli on Linux'],
    ['<script>alert(1)</script>', undefined],
    ['A'.repeat(600), undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%j is %j', (header, device) => {
    expect(deviceOf(header)).toBe(device);
  });
});
