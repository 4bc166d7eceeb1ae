import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { IdleConnections, type Reached } from './idle-connections.js';

const reached: Reached = {
  orgId: 'o-1',
  connectionId: 'c-1',
  config: { host: 'shop.example', port: 5432 },
  credential: Buffer.from('{"password":"one"}'),
};

class Line {
  isOpen = true;
  destroy(): void {
    this.isOpen = false;
  }
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe('connections that wait', () => {
  it('are found by whoever shows the same for the same place', () => {
    const idle = new IdleConnections();
    const line = new Line();
    idle.shelfOf(reached).put(line);
    expect(idle.shelfOf({ ...reached, credential: Buffer.from(reached.credential) }).take()).toBe(line);
    expect(idle.shelfOf(reached).take()).toBeUndefined();
  });

  it.each<[string, Partial<Reached>]>([
    ['another organization', { orgId: 'o-2' }],
    ['another connection', { connectionId: 'c-2' }],
    ['another place', { config: { host: 'shop.example', port: 5433 } }],
    ['another credential', { credential: Buffer.from('{"password":"two"}') }],
  ])('are not found by %s', (_, other) => {
    const idle = new IdleConnections();
    idle.shelfOf(reached).put(new Line());
    expect(idle.shelfOf({ ...reached, ...other }).take()).toBeUndefined();
  });

  it('are closed when nobody comes for them', () => {
    const idle = new IdleConnections();
    const line = new Line();
    idle.shelfOf(reached).put(line);
    jest.advanceTimersByTime(9_999);
    expect(line.isOpen).toBe(true);
    jest.advanceTimersByTime(1);
    expect(line.isOpen).toBe(false);
    expect(idle.shelfOf(reached).take()).toBeUndefined();
  });

  it('are passed over once the other side has closed them', () => {
    const idle = new IdleConnections();
    const [open, closed] = [new Line(), new Line()];
    for (const line of [open, closed]) idle.shelfOf(reached).put(line);
    closed.destroy();
    expect(idle.shelfOf(reached).take()).toBe(open);
  });

  it('are at most eight for one system and sixty-four for all', () => {
    const idle = new IdleConnections();
    const lines = Array.from({ length: 100 }, () => new Line());
    for (const line of lines.slice(0, 9)) idle.shelfOf(reached).put(line);
    expect(lines.filter(({ isOpen }) => isOpen)).toHaveLength(100 - 1);
    lines.slice(9).forEach((line, at) => idle.shelfOf({ ...reached, connectionId: `c-${at + 2}` }).put(line));
    expect(lines.filter(({ isOpen }) => isOpen)).toHaveLength(64);
  });

  it('are closed with the worker, and those that come later too', () => {
    const idle = new IdleConnections();
    const [early, late] = [new Line(), new Line()];
    idle.shelfOf(reached).put(early);
    idle.close();
    idle.shelfOf(reached).put(late);
    expect([early.isOpen, late.isOpen]).toEqual([false, false]);
  });
});
