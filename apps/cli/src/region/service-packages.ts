import { existsSync } from 'node:fs';
import path from 'node:path';
import type { ContextName } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { ServiceDefinition } from '@millrace/service';
import { cliProblems } from './problems.js';
import { projectRoot } from './project.js';

/**
 * Every service of a region, in the order in which they start; they stop in the opposite one. The ledger's keeper comes
 * first and goes last, since all others hand their entries to it; the edge goes first, so that no new work arrives.
 */
export const regionServices: readonly ContextName[] = [
  'compliance',
  'identity',
  'vault',
  'notifications',
  'sync',
  'gateway',
];

/** Loads services by name: the command line knows that they exist, and nothing of what is in them. */
export function loadDefinitions(names: readonly ContextName[] = regionServices): Promise<ServiceDefinition[]> {
  return Promise.all(
    names.map(async (name) => {
      const loaded = (await import(`@millrace/${name}`)) as { readonly definition?: ServiceDefinition };
      if (loaded.definition) return loaded.definition;
      throw new Problem(cliProblems.notInstalled, {
        detail: `The package @millrace/${name} exports no service definition.`,
      });
    }),
  );
}

/** The program that runs a service, or a worker, as a process of its own. */
export function serviceProgram(name: ContextName | 'sync-worker'): string {
  const file = name === 'sync-worker' ? ['sync', 'dist', 'worker-main.js'] : [name, 'dist', 'main.js'];
  const program = path.join(projectRoot, 'apps', ...file);
  if (existsSync(program)) return program;
  throw new Problem(cliProblems.notInstalled, {
    detail: `${path.relative(projectRoot, program)} is missing; type: make setup`,
  });
}
