import { describe, expect, it } from '@jest/globals';
import { syncProblems, vaultProblems } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import { PipelineFile } from './pipeline-file.js';

const TEXT = `version: 1
name: places
streams:
  - from: public.place
    fields:
      - from: code
      - { from: latitude, cast: double }
`;

function explained(text: string, ...paths: string[]): unknown {
  const errors = paths.map((path) => ({ path, message: 'is wrong' }));
  const problem = new Problem(syncProblems.invalidPipeline, { errors });
  return PipelineFile.parse(text, 'places.yaml').explain(problem);
}

describe('a pipeline in a file', () => {
  it('is the same document in YAML and in JSON', () => {
    const { document, name } = PipelineFile.parse(TEXT, 'places.yaml');
    expect(name).toBe('places');
    expect(PipelineFile.parse(JSON.stringify(document), 'places.json').document).toEqual(document);
  });

  it.each([
    ['/document/streams/0/fields/1/cast', 'places.yaml:7:33'],
    ['/document/streams/0/fields/0', 'places.yaml:6:9'],
    ['/document/name', 'places.yaml:2:7'],
    // What is missing is shown where it should have been.
    ['/document/streams/0/key', 'places.yaml:4:5'],
    ['/document/target/connection', 'places.yaml:1:1'],
    ['/document', 'places.yaml:1:1'],
  ])('stands at a line: %s', (path, place) => {
    expect(explained(TEXT, path)).toMatchObject({
      details: { errors: [{ place, path: path.slice('/document'.length) }] },
    });
  });

  it('has its faults listed in the order of its lines', () => {
    const problem = explained(TEXT, '/document/streams/0/fields/1', '/document/version') as Problem;
    expect(problem.details.errors!.map(({ path }) => path)).toEqual(['/version', '/streams/0/fields/1']);
  });

  it('says where it is no YAML', () => {
    expect(() => PipelineFile.parse('version: 1\nname: [a\n', 'broken.yaml')).toThrow(
      expect.objectContaining({
        details: expect.objectContaining({
          errors: [expect.objectContaining({ place: expect.stringMatching(/^broken\.yaml:[23]:/) })],
        }),
      }),
    );
  });

  it('needs a name', () => {
    expect(() => PipelineFile.parse('version: 1', 'nameless.yaml').name).toThrow('has no name');
  });

  it('leaves every other problem as it is', () => {
    const other = new Problem(vaultProblems.connectionRevoked);
    expect(PipelineFile.parse(TEXT, 'places.yaml').explain(other)).toBe(other);
  });
});
