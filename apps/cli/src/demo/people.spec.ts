import { describe, expect, it } from '@jest/globals';
import { people } from './people.js';

describe('the people of the demo', () => {
  it('are the same every time, and nobody twice', () => {
    const rows = [...people(2_000)];
    expect([...people(2_000)]).toEqual(rows);
    expect(new Set(rows.map(([, , email]) => email)).size).toBe(2_000);
  });

  it('have addresses and dates that systems take', () => {
    for (const [, , email, phone, born] of people(2_000)) {
      expect(email).toMatch(/^[a-z0-9._-]+@example\.com$/);
      expect(phone).toMatch(/^\+1-555-\d{7}$/);
      expect(new Date(born!).toISOString().slice(0, 10)).toBe(born);
    }
  });
});
