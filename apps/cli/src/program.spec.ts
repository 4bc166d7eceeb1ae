import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { createProgram } from './program.js';
import { projectRoot } from './region/project.js';

/** The commands that do something: those without commands of their own. */
function leaves(command: Command, names: readonly string[] = []): string[] {
  const own = [...names, command.name()];
  return command.commands.length ? command.commands.flatMap((one) => leaves(one, own)) : [own.join(' ')];
}

const commands = leaves(createProgram());

describe('the command line', () => {
  it('has a guide that knows every command and no other', () => {
    const guide = readFileSync(path.join(projectRoot, 'docs/guide/cli.md'), 'utf8');
    const described = [...guide.matchAll(/^\| `(millrace [a-z -]+)`/gm)].map(([, name]) => name);
    expect(described.sort()).toEqual([...commands].sort());
  });

  it('speaks to machines everywhere', () => {
    const silent = commands.filter((name) => !optionsOf(name).includes('--json'));
    expect(silent).toEqual([]);
  });

  it('takes no secret as an argument', () => {
    const secrets = commands.flatMap(optionsOf).filter((option) => /password|credential|secret|token/.test(option));
    expect([...new Set(secrets)].sort()).toEqual([
      '--credential-file',
      '--credential-stdin',
      '--password-file',
      '--password-stdin',
    ]);
  });
});

function optionsOf(name: string): string[] {
  const path = name.split(' ').slice(1);
  const command = path.reduce<Command>(
    (above, word) => above.commands.find((one) => one.name() === word)!,
    createProgram(),
  );
  return command.options.map((option) => option.long ?? '');
}
