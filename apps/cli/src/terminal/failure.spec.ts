import { describe, expect, it } from '@jest/globals';
import { kernelProblems, syncProblems } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import { CommanderError } from 'commander';
import { cliProblems } from '../region/problems.js';
import { CheckFailed, documentOf, exitCodeOf, Interrupted, isSaid, sentencesOf } from './failure.js';

describe('a failure', () => {
  it.each([
    [new Problem(kernelProblems.forbidden), 1],
    [new CheckFailed('no'), 1],
    [new Error('anything else'), 1],
    [new Problem(cliProblems.usage), 2],
    [new CommanderError(1, 'commander.unknownCommand', 'unknown'), 2],
    [new CommanderError(0, 'commander.helpDisplayed', 'help'), 0],
    [new Problem(cliProblems.notReachable), 3],
    [new Problem(kernelProblems.unavailable), 3],
    [new Interrupted(), 130],
  ])('has an exit code: %s', (error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });

  it('is told in sentences, with every fault and no stack', () => {
    const errors = [{ path: '/streams/0/to', message: 'must be a table' }];
    const problem = new Problem(syncProblems.invalidPipeline, {
      detail: 'One thing is not right.',
      errors,
      retryAfterSeconds: 1.2,
    });
    expect(sentencesOf(problem)).toEqual([
      'The pipeline cannot work as it is. One thing is not right.',
      '  /streams/0/to must be a table',
      'Try again in 2 s.',
    ]);
    expect(sentencesOf(new Error('the file is gone'))).toEqual(['the file is gone']);
  });

  it('has the form of the API’s problems for machines', () => {
    expect(documentOf(new Problem(cliProblems.noRegion))).toMatchObject({ code: 'cli.no-region', status: 404 });
    expect(documentOf(new Error('odd'))).toEqual({ code: 'cli.failed', title: 'The command failed', detail: 'odd' });
  });

  it('is not told twice', () => {
    expect([new CheckFailed(''), new Interrupted(), new Error('')].map(isSaid)).toEqual([true, true, false]);
  });
});
