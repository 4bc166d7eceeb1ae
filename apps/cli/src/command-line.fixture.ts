import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { until } from '@millrace/kernel';
import { projectRoot } from './region/project.js';

/** No command of these tests takes longer, busy machine included. */
const MAX_COMMAND_MS = 90_000;

export interface Answer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as the one JSON document that `--json` promises. */
  json<T>(): T;
}

export interface CommandOptions {
  /** Standard input. */
  readonly input?: string;
}

/** Runs the built command line as a person's shell would, and gives what it said. */
export async function millrace(args: readonly string[], { input = '' }: CommandOptions = {}): Promise<Answer> {
  const { child, said } = start(args, ['pipe', 'pipe', 'pipe']);
  child.stdin!.end(input);
  const late = setTimeout(() => child.kill('SIGKILL'), MAX_COMMAND_MS);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearTimeout(late);
  const { stdout, stderr } = said;
  return { code, stdout, stderr, json: () => JSON.parse(stdout) };
}

export interface LongCommand {
  readonly pid: number;
  readonly said: { readonly stdout: string; readonly stderr: string };
  /** Resolves when standard output has the text. */
  says(text: string): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** The exit code, or null when a signal ended it. */
  ended(): Promise<number | null>;
}

/** Starts a command that goes on until it is told to stop. */
export function startMillrace(args: readonly string[]): LongCommand {
  const { child, said } = start(args, ['ignore', 'pipe', 'pipe']);
  let code: number | null | undefined;
  child.once('close', (exit) => (code = exit));
  return {
    pid: child.pid!,
    said,
    says: async (text) => {
      await until(`the command to say "${text}"`, MAX_COMMAND_MS, () => {
        if (code !== undefined) throw new Error(`The command ended with ${code}: ${said.stdout}${said.stderr}`);
        return said.stdout.includes(text);
      });
    },
    signal: (signal) => void child.kill(signal),
    ended: async () => {
      await until('the command to end', MAX_COMMAND_MS, () => code !== undefined);
      return code!;
    },
  };
}

function start(
  args: readonly string[],
  stdio: ['pipe' | 'ignore', 'pipe', 'pipe'],
): { child: ChildProcess; said: { stdout: string; stderr: string } } {
  const child = spawn(process.execPath, [path.join(projectRoot, 'bin', 'millrace.js'), ...args], { stdio });
  const said = { stdout: '', stderr: '' };
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  return { child, said };
}
