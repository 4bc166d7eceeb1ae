import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { dockerfileFaults, parseInstructions } from './dockerfile-faults.js';
import { podsOf, render, root } from './release.js';

const file = path.join(root, 'deploy/docker/Dockerfile');
const text = readFileSync(file, 'utf8');
const sent = readFileSync(`${file}.dockerignore`, 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('!'))
  .map((line) => line.slice(1));
const context = { sends: (source: string) => sent.includes(source) && existsSync(path.join(root, source)) };

describe('the Dockerfile', () => {
  it('has bases by digest, a bare last stage that is not root, and sources that exist', () => {
    expect(dockerfileFaults(text, context)).toEqual([]);
  });

  it('sends nothing to the builder that it does not copy', () => {
    const copied = parseInstructions(text).flatMap(({ name, rest }) =>
      name === 'COPY' && !rest.startsWith('--from') ? rest.split(/\s+/).slice(0, -1) : [],
    );
    expect([...sent].sort()).toEqual(copied.sort());
  });

  it('holds the folders that every command of the chart names', () => {
    const last = text.slice(text.lastIndexOf('FROM '));
    const programs = [...podsOf(render('us-east-1')).values()].map(({ spec }) =>
      spec.containers[0].command.slice(1).find((part: string) => !part.startsWith('--'))!,
    );
    const folders = [...new Set(programs.map((program) => program.split('/')[0]))].sort();
    expect(folders).toEqual(['apps', 'bin']);
    for (const folder of folders) expect(last).toContain(`/millrace/${folder} ${folder}`);
  });

  it('has the user that the chart’s pods have', () => {
    const [pod] = [...podsOf(render('us-east-1')).values()];
    expect(text).toContain(
      `\nUSER ${String(pod!.spec.securityContext.runAsUser)}:${String(pod!.spec.securityContext.runAsGroup)}\n`,
    );
  });

  it.each([
    ['a tag', 'FROM ${RUNTIME_IMAGE}', 'FROM node:latest', 'node:latest is not named by digest'],
    [
      'a default base',
      'ARG BUILD_IMAGE\n',
      'ARG BUILD_IMAGE=node:24\n',
      'BUILD_IMAGE is declared nowhere or has a default',
    ],
    ['a base that nothing checks', '*@sha256:*', '*', 'nothing refuses a BUILD_IMAGE without digest'],
    ['root', 'USER 10001:10001', 'USER root', 'USER root is not a number, or is root'],
    ['no user', 'USER 10001:10001\n', '', 'USER root is not a number, or is root'],
    [
      'a shell to start with',
      'CMD ["node", "bin/millrace.js", "--help"]',
      'CMD node bin/millrace.js',
      'CMD needs a shell',
    ],
    [
      'a source that is not there',
      'COPY apps apps',
      'COPY services services',
      'COPY of services, which is not sent to the builder',
    ],
    [
      'a stage that is not there',
      '--from=build /millrace/bin',
      '--from=tools /millrace/bin',
      'COPY from tools, which is no stage',
    ],
    ['a fetch', 'COPY LICENSE LICENSE', 'ADD https://example.org/x x', 'ADD fetches and unpacks; use COPY'],
    ['a password', 'ENV NODE_ENV', 'ENV DATABASE_PASSWORD', 'ENV DATABASE_PASSWORD stays readable in the image'],
    ['a step in the bare stage', 'EXPOSE 8080', 'RUN id\nEXPOSE 8080', 'the last stage has no shell to RUN anything'],
  ])('would not pass with %s', (_what, good, bad, fault) => {
    expect(text).toContain(good);
    expect(
      dockerfileFaults(
        text.replace(good, () => bad),
        context,
      ),
    ).toContain(fault);
  });
});
