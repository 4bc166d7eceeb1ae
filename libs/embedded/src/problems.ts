import { problem } from '@millrace/kernel';

/** Another server, or another process that is starting one, works on the directory. */
export const directoryInUse = problem(
  'embedded.directory-in-use',
  503,
  'The data directory is in use',
  'Stop the other process that uses this directory, or choose another directory.',
);

/** A program that the embedded stack starts is not on this machine. */
export const programMissing = problem(
  'embedded.program-missing',
  503,
  'A program is missing',
  'Install the program that the message names and try again.',
);

/** A server ended, or stayed silent, before it could be used. */
export const startFailed = problem(
  'embedded.start-failed',
  503,
  'A server did not start',
  'Read the end of the log file that the message names.',
);
