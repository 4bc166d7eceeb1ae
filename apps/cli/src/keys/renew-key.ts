import {
  type ContextName,
  contextNames,
  contextOperations,
  type HeldKey,
  type KeyFileKind,
  type ServiceName,
} from '@millrace/contracts';
import { type Clock, Problem } from '@millrace/kernel';
import type { KeyFile } from '@millrace/service';
import type { Operator } from '../region/operator.js';
import { cliProblems } from '../region/problems.js';

/** One key of the region, its files, and a way to the services that hold it. */
export interface KeyOfRegion {
  readonly kind: KeyFileKind;
  readonly owner: ServiceName;
  readonly file: KeyFile;
  readonly operator: Operator;
}

/**
 * What was made with a version lives for 60 s at most (call tokens, lease grants, seals); services notice a replaced file
 * after 2 s, a cluster passes one on within about a minute of its own, which the guide tells the operator to wait for.
 */
const SETTLE_MS = 75_000;

/** Adds a version: those who accept take it up first, then it comes into use. Answers what its owner holds afterwards. */
export async function renewKey(key: KeyOfRegion): Promise<HeldKey[]> {
  const use = await key.file.add();
  const held = await takeUp(key, acceptingContexts(key));
  if (!use) return held;
  await use();
  return takeUp(key, ownContext(key));
}

/**
 * Removes every version but the one in use.
 * @param atOnce also what may still be on its way is refused then: for a key that somebody else has
 * @throws Problem `cli.key-needed` while something can be used with an older version only, or may be on its way
 */
export async function retireKey(key: KeyOfRegion, clock: Clock, atOnce = false): Promise<number> {
  const waitMs = key.file.inUseSince().getTime() + SETTLE_MS - clock.now().getTime();
  if (!atOnce && waitMs > 0)
    throw new Problem(cliProblems.keyNeeded, {
      detail: `What was made with the older version may still be on its way; say it again in ${Math.ceil(waitMs / 1_000)} s.`,
    });
  const needed = (await takeUp(key, ownContext(key)))
    .filter(({ inUse }) => !inUse)
    .reduce((sum, { neededBy }) => sum + neededBy, 0);
  if (needed > 0)
    throw new Problem(cliProblems.keyNeeded, {
      detail: `${needed} of what people sign in with still needs an older version; it stays.`,
    });
  const removed = await key.file.retire();
  await takeUp(key, acceptingContexts(key));
  return removed;
}

/** Every service judges signatures; any other key is its owner's affair. */
function acceptingContexts(key: KeyOfRegion): readonly ContextName[] {
  return key.kind === 'signing' ? contextNames : ownContext(key);
}

/** The sync worker and the operator have no ledger entries of their own: the contexts that accept their keys write them. */
function ownContext({ owner }: KeyOfRegion): readonly ContextName[] {
  return contextNames.filter((name) => name === owner);
}

async function takeUp({ kind, owner, operator }: KeyOfRegion, contexts: readonly ContextName[]): Promise<HeldKey[]> {
  const answers = await Promise.all(
    contexts.map(async (name) => {
      const { versions } = await operator.call(contextOperations(name).takeUpKey, { kind, owner });
      return { name, versions };
    }),
  );
  return (answers.find(({ name }) => name === owner) ?? answers.at(0))?.versions ?? [];
}
