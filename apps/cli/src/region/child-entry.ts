/**
 * Runs the program that the first argument names, and tells whoever started it once it stands: a program of ours has
 * started when its module has been evaluated to the end.
 */
import { pathToFileURL } from 'node:url';

const [program] = process.argv.splice(2, 1);
process.argv[1] = program!;
await import(pathToFileURL(program!).href);
process.send?.('ready');
