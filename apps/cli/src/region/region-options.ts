import { Option } from 'commander';

/** Which region a command is about, where it is not the one that is found by itself. */
export const inDirectory = () => new Option('--directory <path>', 'the directory of a region on this machine');

/** For programs: one JSON document on the standard output, everything else on the standard error. */
export const asJson = () => new Option('--json', 'print one JSON document');
