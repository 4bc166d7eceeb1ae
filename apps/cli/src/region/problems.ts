import { problem } from '@millrace/kernel';

/** What the command line itself refuses, besides what services answer. */
export const cliProblems = {
  usage: problem(
    'cli.usage',
    400,
    'The command is not complete or not understood',
    'Add --help to see what the command takes.',
  ),
  notReachable: problem(
    'cli.not-reachable',
    503,
    'The region does not answer',
    'Start it with `millrace up`, or name another address with --url or another directory with --directory.',
  ),
  alreadyUp: problem(
    'cli.already-up',
    409,
    'The region is up already',
    'Use it as it is, or stop it where it was started (Ctrl-C).',
  ),
  otherRegion: problem(
    'cli.other-region',
    409,
    'The directory belongs to another region',
    'Name another directory with --directory, or remove this one if nothing in it is needed.',
  ),
  foreignDirectory: problem(
    'cli.foreign-directory',
    409,
    'The directory holds something else',
    'Name a directory that is empty or does not exist yet.',
  ),
  keyNeeded: problem(
    'cli.key-needed',
    409,
    'An older version of the key is still needed',
    'Leave it until nothing needs it any more.',
  ),
  notFound: problem(
    'cli.not-found',
    404,
    'There is no such thing here',
    'Check the name; the list command shows what there is.',
  ),
  fileUnreadable: problem(
    'cli.file-unreadable',
    400,
    'A file cannot be read',
    'Check the path and whether you may read it.',
  ),
  fileUnwritable: problem(
    'cli.file-unwritable',
    400,
    'A file cannot be written',
    'Check the path and whether you may write there.',
  ),
  noRegion: problem(
    'cli.no-region',
    404,
    'There is no region here yet',
    'Create one with `millrace up`, or name its directory with --directory.',
  ),
  unknownCharter: problem(
    'cli.unknown-charter',
    400,
    'There is no such charter',
    'Choose one of the files in deploy/charters.',
  ),
  childFailed: problem(
    'cli.service-failed',
    503,
    'A service did not start',
    'Read the end of the log file that the message names.',
  ),
  notInstalled: problem('cli.not-built', 503, 'A part of the product is not built', 'Type: make setup'),
} as const;
