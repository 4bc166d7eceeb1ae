import { describe, expect, it } from '@jest/globals';
import { MovableClock, Problem, problem } from '@millrace/kernel';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { createLogger } from '../log/logger.js';
import { leaksIn, personal } from '../scrub/personal-data.corpus.js';
import { createErrorReporter, type ErrorReport, type ErrorSink } from './error-reporter.js';
import { PLANTINGS } from './planted-errors.fixture.js';

function reporterWith(extra?: ErrorSink) {
  const lines: string[] = [];
  const reports: ErrorReport[] = [];
  const clock = new MovableClock(new Date('2026-11-22T10:00:00.000Z'));
  const log = createLogger({ service: 'sync', clock, destination: { write: (line) => void lines.push(line) } });
  const sink: ErrorSink = extra ?? ((report) => void reports.push(report));
  return {
    reporter: createErrorReporter({ service: 'sync', release: '0.1.0', log, sink, clock }),
    lines,
    reports,
    clock,
  };
}

describe('error reports', () => {
  it('say where, what kind and how often, and nothing else', async () => {
    const { reporter, reports } = reporterWith();
    const id = await reporter.report(Object.assign(new TypeError('ada@example.com'), { code: 'ECONNRESET' }), {
      operation: 'sync.run.start',
      attempt: 2,
    });
    const [{ frames, ...report }] = reports as [ErrorReport];
    expect(report).toEqual({
      id,
      at: '2026-11-22T10:00:00.000Z',
      service: 'sync',
      release: '0.1.0',
      operation: 'sync.run.start',
      counts: { attempt: 2 },
      name: 'TypeError',
      code: 'ECONNRESET',
    });
    expect(frames[0]).toMatch(/^libs\/observability\/src\/error-report\/error-reporter\.spec\.ts:\d+/);
    expect(frames.join()).not.toMatch(/\/(?:root|home|work|Users)\//);
  });

  it.each(Object.entries(PLANTINGS))('let no personal data out of an error planted by %s', async (_name, plant) => {
    await fc.assert(
      fc.asyncProperty(personal, async (value) => {
        const { reporter, lines, reports } = reporterWith();
        await reporter.report(plant(value.value), {
          operation: value.value,
          count: value.value,
          [value.value]: value.value,
        } as never);
        expect(reports).toHaveLength(1);
        expect(lines).toHaveLength(1);
        const output = JSON.stringify(reports) + lines.join('');
        expect({ value, leaks: leaksIn(output, value) }).toEqual({ value, leaks: [] });
      }),
      { numRuns: 150 },
    );
  });

  it('show no frame of a file outside the folders that hold code', async () => {
    const { reporter, reports } = reporterWith();
    const settings = fileURLToPath(new URL('../../../../jest.config.js', import.meta.url));
    const error = Object.assign(new Error('x'), {
      stack: `Error: x\n    at shared (${settings}:2:1)\n    at shared (/etc/x.js:1:1)`,
    });
    await reporter.report(error);
    expect(reports[0]!.frames).toEqual([]);
  });

  it('show the code of a problem and the chain of causes', async () => {
    const { reporter, reports } = reporterWith();
    const kind = problem('vault.connection-revoked', 409, 'Revoked', 'Connect again.');
    await reporter.report(new Problem(kind, { cause: Object.assign(new Error('x'), { code: '23505' }) }));
    expect(reports[0]).toMatchObject({
      name: 'Problem',
      code: 'vault.connection-revoked',
      causes: [{ name: 'Error', code: '23505' }],
    });
  });

  it('survive a cause that is its own cause', async () => {
    const { reporter, reports } = reporterWith();
    const error = new Error('x');
    error.cause = error;
    await reporter.report(error);
    expect(reports[0]!.causes).toHaveLength(3);
  });

  it('stop at 60 in a minute and go on in the next', async () => {
    const { reporter, reports, clock } = reporterWith();
    for (let n = 0; n < 70; n += 1) await reporter.report(new Error('x'));
    expect(reports).toHaveLength(60);
    clock.advance(60_000);
    await reporter.report(new Error('x'));
    expect(reports).toHaveLength(61);
  });

  it('never fail the caller when the sink fails, and say so in the log', async () => {
    const { reporter, lines } = reporterWith(() => Promise.reject(new Error('ada@example.com')));
    await expect(reporter.report(new Error('x'))).resolves.toEqual(expect.any(String));
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
      'unexpected error',
      'error report was not delivered',
    ]);
    expect(lines.join('')).not.toContain('ada@');
  });

  it('need a known service and a readable release', () => {
    const log = createLogger({ service: 'sync', destination: { write: () => undefined } });
    expect(() => createErrorReporter({ service: 'ada', release: '1.0.0', log })).toThrow('service');
    expect(() => createErrorReporter({ service: 'sync', release: 'ada laptop', log })).toThrow('release');
  });
});
