import { Command } from 'commander';
import { addDemo } from './demo/demo.command.js';
import { addUp } from './region/up.command.js';

/** The command line, assembled from its parts. */
export function createProgram(): Command {
  const program = new Command('millrace');
  program
    .description('A data-sync platform that keeps every promise its operator’s privacy policy makes, and proves it.')
    .version('0.1.0')
    .showHelpAfterError('Add --help to see what the command takes.')
    .exitOverride();
  addUp(program);
  addDemo(program);
  return program;
}
