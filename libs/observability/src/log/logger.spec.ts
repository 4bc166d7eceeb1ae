import { describe, expect, it } from '@jest/globals';
import { MovableClock, newId, Secret } from '@millrace/kernel';
import fc from 'fast-check';
import { PLANTINGS } from '../error-report/planted-errors.fixture.js';
import { FIELDS } from '../field/field.js';
import { leaksIn, personal, recognisable } from '../scrub/personal-data.corpus.js';
import { createLogger, type LogLevel } from './logger.js';

function loggerWith(level: LogLevel = 'debug') {
  const lines: string[] = [];
  const clock = new MovableClock(new Date('2026-11-22T10:00:00.000Z'));
  const log = createLogger({ service: 'vault', level, clock, destination: { write: (line) => void lines.push(line) } });
  return { log, lines, last: () => JSON.parse(lines.at(-1)!) as Record<string, unknown> };
}

describe('logger', () => {
  it('writes one JSON line of level, time, service, message and fields', () => {
    const { log, lines, last } = loggerWith();
    const runId = newId();
    log.info('run finished', { runId, count: 3, operation: 'sync.run.start', outcome: 'ok' });
    expect(lines).toHaveLength(1);
    expect(lines[0]!.endsWith('\n')).toBe(true);
    expect(last()).toEqual({
      level: 'info',
      time: '2026-11-22T10:00:00.000Z',
      service: 'vault',
      msg: 'run finished',
      runId,
      count: 3,
      operation: 'sync.run.start',
      outcome: 'ok',
    });
  });

  it('drops what is not in the closed set, counts it, and keeps neither name nor value', () => {
    const { log, lines, last } = loggerWith();
    log.info('signed up', { email: 'ada@example.com', count: 1, runId: 'ada', __proto__: { level: 'ada' } } as never);
    expect(last()).toMatchObject({ count: 1, dropped: 2 });
    expect(lines[0]).not.toMatch(/email|ada/);
    expect(log.dropped).toBe(2);
  });

  it('cannot be made to overwrite level, time, service or message', () => {
    const { log, last } = loggerWith();
    log.info('started', { level: 'error', time: 'x', service: 'ada', msg: 'ada', error: 'ada', pid: 7 } as never);
    expect(last()).toEqual({
      level: 'info',
      time: '2026-11-22T10:00:00.000Z',
      service: 'vault',
      msg: 'started',
      pid: 7,
      dropped: 5,
    });
  });

  it('writes nothing below its level', () => {
    const { log, lines } = loggerWith('warn');
    log.debug('x');
    log.info('x');
    log.warn('x');
    log.error('x');
    expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(['warn', 'error']);
  });

  it('carries the fields of its parent, checked like any other', () => {
    const { log, last } = loggerWith();
    const orgId = newId();
    log
      .with({ orgId, userName: 'Ada' } as never)
      .with({ attempt: 2 })
      .info('retried');
    expect(last()).toMatchObject({ orgId, attempt: 2, dropped: 1 });
    expect(JSON.stringify(last())).not.toContain('Ada');
  });

  it('shows an error by name, code and place', () => {
    const { log, last } = loggerWith();
    log.warn('could not connect', {}, Object.assign(new Error('password=hunter2'), { code: 'ECONNREFUSED' }));
    expect(last()).toMatchObject({
      error: {
        name: 'Error',
        code: 'ECONNREFUSED',
        frames: expect.arrayContaining([expect.stringContaining('logger.spec.ts')]),
      },
    });
    expect(JSON.stringify(last())).not.toContain('hunter2');
  });

  it('never prints a secret', () => {
    const { log, lines } = loggerWith();
    log.info('x', { runId: new Secret('hunter2'), count: new Secret(7) } as never, new Secret('hunter2'));
    expect(lines.join('')).not.toContain('hunter2');
  });

  it('withholds messages when somebody builds them at run time', () => {
    const { log, lines, last } = loggerWith();
    for (let n = 0; n < 1_100; n += 1)
      log.info(`message ${'x'.repeat(n % 7)} ${String.fromCodePoint(0x4e00 + n)}` as 'x');
    expect(last()).toMatchObject({ msg: 'message withheld' });
    expect(new Set(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).size).toBe(1_001);
    log.info({ toString: () => 'Ada' } as never);
    expect(last()).toMatchObject({ msg: 'message withheld' });
  });

  it('knows the services of the product only', () => {
    expect(() => createLogger({ service: 'Ada Lovelace' })).toThrow('service');
  });

  it('lets no personal data out of fields, their names, a parent or an error', () => {
    const names = fc.constantFrom(...Object.keys(FIELDS), 'userId', 'email', 'error', 'msg', 'constructor');
    fc.assert(
      fc.property(personal, names, fc.constantFrom(...Object.values(PLANTINGS)), (value, name, plant) => {
        const { log, lines } = loggerWith();
        const text = value.value;
        log
          .with({ [name]: text } as never)
          .info('x', { [text]: 1, peer: { text }, runId: [text] } as never, plant(text));
        log.info('y', { [name]: `sync.${text}`, operation: `${text}.x` } as never);
        log.info('z', { [name]: { toJSON: () => text, toString: () => text } } as never);
        expect(lines).toHaveLength(3);
        expect({ value, leaks: leaksIn(lines.join(''), value) }).toEqual({ value, leaks: [] });
      }),
      { numRuns: 2_000 },
    );
  });

  it('masks what can be recognised even in a message that somebody built', () => {
    const { log, lines } = loggerWith();
    fc.assert(
      fc.property(recognisable, (value) => {
        log.info(`could not send to ${value.value}` as 'x');
        expect({ value, leaks: leaksIn(lines.at(-1)!, value) }).toEqual({ value, leaks: [] });
      }),
      { numRuns: 900 },
    );
  });
});
