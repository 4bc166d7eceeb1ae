import { describe, expect, it } from '@jest/globals';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { chart, helm, podsOf, render, root } from './release.js';

const text = readFileSync(path.join(chart, 'README.md'), 'utf8');
const commands = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) => block!.trim().split('\n'));

describe('the chart’s README', () => {
  it.each(commands)('has a command that works: %s', (command) => {
    const [program, ...args] = command.split(' ');
    const { status, output } = helm(args);
    expect({ program, status, output }).toEqual({ program: 'helm', status: 0, output: expect.any(String) });
    rmSync(path.join(root, '.cache/charts'), { recursive: true, force: true });
  });

  it('lists every Secret that a release mounts, with its keys', () => {
    const rows = [...text.matchAll(/^\| `(millrace-[\w-]+)` \| (.*) \|$/gm)];
    const listed = Object.fromEntries(
      rows.map(([, name, keys]) => [name, keys!.replaceAll('`', '').split(', ').sort()]),
    );
    const sources = [...podsOf(render('us-east-1')).values()].flatMap(({ spec }) =>
      spec.volumes.flatMap(({ projected }) => projected?.sources ?? []),
    );
    const mounted = Object.fromEntries(
      sources.map(({ secret }) => [secret.name, secret.items.map(({ key }) => key).sort()]),
    );
    expect(listed).toEqual(mounted);
  });
});
