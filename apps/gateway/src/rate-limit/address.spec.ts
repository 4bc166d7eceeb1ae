import { describe, expect, it } from '@jest/globals';
import { MovableClock, type Problem, Secret } from '@millrace/kernel';
import { AddressBudget } from './address-budget.js';
import { AddressFingerprint, networkOf } from './address-fingerprint.js';

describe('an address', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:0db8:1:2::9', '2001:db8:1:2'],
    ['2001:db8::9', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
  ])('%s counts as %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it('has another fingerprint each day, and none that tells it', () => {
    const prints = new AddressFingerprint(new Secret(Buffer.alloc(32, 1)));
    const of = (address: string, day: string) => prints.of(address, new Date(`${day}T12:00:00Z`)).toString('hex');
    expect(of('203.0.113.7', '2026-04-22')).toBe(of('203.0.113.7', '2026-04-22'));
    expect(of('203.0.113.7', '2026-04-22')).not.toBe(of('203.0.113.8', '2026-04-22'));
    expect(of('203.0.113.7', '2026-04-22')).not.toBe(of('203.0.113.7', '2026-04-23'));
    expect(of('203.0.113.7', '2026-04-22')).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('the budget of an address', () => {
  const secondsUntilNext = (budget: AddressBudget, address = '203.0.113.7') => {
    try {
      budget.spend(address);
      return 0;
    } catch (error) {
      return (error as Problem).details.retryAfterSeconds!;
    }
  };

  it('is used up by a burst and fills again with time', () => {
    const clock = new MovableClock();
    const budget = new AddressBudget(clock, { burst: 3, perSecond: 2, maxAddresses: 10 });
    expect([1, 2, 3, 4].map(() => secondsUntilNext(budget))).toEqual([0, 0, 0, 0.5]);
    expect(secondsUntilNext(budget, '203.0.113.8')).toBe(0);
    clock.advance(500);
    expect([secondsUntilNext(budget), secondsUntilNext(budget)]).toEqual([0, 0.5]);
    clock.advance(3_600_000);
    expect([1, 2, 3, 4].map(() => secondsUntilNext(budget))).toEqual([0, 0, 0, 0.5]);
  });

  it('forgets the address that was unseen for longest when it remembers too many', () => {
    const budget = new AddressBudget(new MovableClock(), { burst: 1, perSecond: 0.001, maxAddresses: 2 });
    const [a, b, c] = ['203.0.113.1', '203.0.113.2', '203.0.113.3'] as const;
    expect([secondsUntilNext(budget, a), secondsUntilNext(budget, b)]).toEqual([0, 0]);
    expect(secondsUntilNext(budget, a)).toBeGreaterThan(0);
    expect([secondsUntilNext(budget, c), secondsUntilNext(budget, b)]).toEqual([0, 0]);
  });
});
