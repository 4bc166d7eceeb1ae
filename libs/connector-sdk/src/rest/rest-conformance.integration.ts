import { describe, expect, it } from '@jest/globals';
import { conformance } from '../conformance/index.js';
import { restSandbox } from './rest-sandbox.fixture.js';

const { applied, notApplied } = conformance(
  [
    'source',
    'own-order',
    'cursor',
    'request-projection',
    'estimates',
    'network',
    'http',
    'refresh',
    'credential',
    'grows',
  ],
  restSandbox,
);

describe('a connector made of facts about an API', () => {
  it.each(applied.map((one) => [one.name, one] as const))('%s', (_name, { run }) => run());

  it('is asked for everything but what an API of this sort cannot do', () => {
    expect(notApplied).toEqual([
      'declares of a stream what the connector declares of itself',
      'reads in the order of the key, whatever the order of insertion',
      'goes on behind a unique key, starts with an inclusive one, and ends with the upper',
      'loses no record of equal keys at a boundary',
      'takes a position shorter than the key for its leading fields',
      'fixes the end of a run by the last key',
      'parts a stream, where it can, so that no record is lost or doubled',
      'can be resumed behind every batch without losing or repeating a record',
      'leaves out by itself what a filter does not want',
      'reads to the end that was fixed at the start, not to where the stream grew',
      'refuses to go on in a stream that did more than grow',
      'carries every other type of its system to a system like it',
      'stops a cancelled write at once, and what is there is whole batches',
      'stops a cancelled append at once, and what is there is whole batches',
      'inserts new keys, updates changed records and leaves the others',
      'tells inserted, updated and unchanged records apart',
      'gives a batch that is delivered twice no second effect',
      'touches only records that are there when it updates',
      'appends behind what is there, also from another write',
      'tells by its mark how far an interrupted append came, and appends no batch twice',
      'knows an append again that was finished while nobody heard of it',
      'refuses every mode that it does not declare',
      'shows a replacement in one step, at its end',
      'leaves the old set when a replacement is broken off',
      'goes on with an interrupted replacement behind its mark',
      'starts a replacement anew that belongs to another write',
      'replaces by nothing where there is nothing to write',
    ]);
  });
});
