import { describe, expect, it } from '@jest/globals';
import { FILE_TYPES } from '@millrace/connector-sdk';
import { fileTypes, providerNames } from '@millrace/contracts';
import { connectors } from './connectors.js';

describe('the connectors of a worker', () => {
  it('are of providers that the contracts know', () => {
    expect(providerNames).toEqual(expect.arrayContaining(Object.keys(connectors)));
  });

  it('give files the types that the contracts accept', () => {
    expect(Object.keys(FILE_TYPES)).toEqual([...fileTypes]);
  });

  it('refuse settings that are not theirs without repeating them', async () => {
    const context = {
      applicationName: 'test',
      signal: new AbortController().signal,
      dial: () => Promise.reject(new Error()),
    };
    const wrong = { directory: 'inbox', streams: {}, delimiter: 'marker' as ',', nullText: '' };
    const refusal = connectors.csv(wrong, {}, context);
    await expect(refusal).rejects.toMatchObject({ code: 'invalid-config' });
    await expect(refusal).rejects.not.toThrow(/marker/);
  });
});
