import { CharterError } from '@millrace/charter';
import { Problem, type ProblemDocument } from '@millrace/kernel';
import { CommanderError } from 'commander';

/** What scripts may rely on. */
export const exitCodes = { ok: 0, refused: 1, usage: 2, notReachable: 3, interrupted: 130 } as const;

/** Ends a command whose check failed, after it has said why itself. */
export class CheckFailed extends Error {
  override readonly name = 'CheckFailed';
}

/** Ends a command that somebody stopped before its end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

const UNREACHABLE: readonly string[] = ['cli.not-reachable', 'kernel.unavailable'];
const WRONG_USAGE: readonly string[] = ['cli.usage', 'cli.unknown-charter'];

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (error instanceof Interrupted) return exitCodes.interrupted;
  if (!(error instanceof Problem)) return exitCodes.refused;
  if (UNREACHABLE.includes(error.code)) return exitCodes.notReachable;
  return WRONG_USAGE.includes(error.code) ? exitCodes.usage : exitCodes.refused;
}

/** Whether the command has said already why it ended. */
export function isSaid(error: unknown): boolean {
  return error instanceof CommanderError || error instanceof CheckFailed || error instanceof Interrupted;
}

/** The sentences that tell a person what went wrong and what to do; never a stack. */
export function sentencesOf(error: unknown): string[] {
  if (error instanceof Problem) return problemSentences(error.toDocument());
  if (error instanceof CharterError) return error.message.split('\n');
  return [error instanceof Error ? error.message : String(error)];
}

/** An error as a document for machines, in the shape that the API's errors have. */
export function documentOf(error: unknown): Pick<ProblemDocument, 'code' | 'title' | 'detail'> {
  if (error instanceof Problem) return error.toDocument();
  return { code: 'cli.failed', title: 'The command failed', detail: sentencesOf(error).join('\n') };
}

function problemSentences({ title, detail, errors, retryAfterSeconds }: ProblemDocument): string[] {
  const first = detail === title ? `${title}.` : `${title}. ${detail}`;
  const faults = (errors ?? []).map(
    (fault) => `  ${[placeOf(fault), fault.path, fault.message].filter(Boolean).join(' ')}`,
  );
  const wait = retryAfterSeconds === undefined ? [] : [`Try again in ${Math.ceil(retryAfterSeconds)} s.`];
  return [first, ...faults, ...wait];
}

/** Where in a file a fault stands, when whoever read the file said so. */
function placeOf(fault: object): string {
  return 'place' in fault && typeof fault.place === 'string' ? fault.place : '';
}
