import { type Hold, listHolds, placeHold, releaseHold, reviewHold } from '@millrace/contracts';
import { addDuration, systemClock } from '@millrace/kernel';
import type { Command } from 'commander';
import { asOperator } from '../region/operator.js';
import { findRegion } from '../region/region-directory.js';
import { type Console, createConsole } from '../terminal/console.js';
import { asJson, inDirectory } from '../region/region-options.js';

interface HoldOptions {
  readonly directory?: string;
  readonly json?: boolean;
}

interface PlaceOptions extends HoldOptions {
  readonly user?: string;
  readonly organization?: string;
  readonly from?: string;
  readonly until?: string;
  readonly reason: string;
  readonly review: string;
}

/** Until somebody has to look at a hold again, unless they say otherwise. */
const REVIEW_AFTER = 'P90D';

export function addHolds(program: Command): void {
  const holds = program.command('holds').description('legal holds: what stays whatever erasure and retention say');
  const here = (command: Command) => command.addOption(inDirectory()).addOption(asJson());
  here(holds.command('place').description('keep what a person, an organization or a stretch of time is about'))
    .option('--user <id>', 'a person, by the id of their account')
    .option('--organization <id>', 'an organization')
    .option('--from <instant>', 'only what tells of this instant or later')
    .option('--until <instant>', 'only what tells of a time before this instant')
    .requiredOption('--reason <text>', 'why, for whoever reviews it; at most 500 characters')
    .option('--review <instant>', 'when to look at it again, within a year (default: in 90 days)', inTime())
    .action((options: PlaceOptions) => place(options));
  here(holds.command('list').description('every hold, those in force first')).action((options: HoldOptions) =>
    list(options),
  );
  here(holds.command('review').description('say that a hold is still needed'))
    .argument('<hold>', 'its id')
    .option('--review <instant>', 'when to look at it again (default: in 90 days)', inTime())
    .action((holdId: string, options: PlaceOptions) => review(holdId, options));
  here(holds.command('release').description('end a hold: what it kept is erased and swept as it would have been'))
    .argument('<hold>', 'its id')
    .action((holdId: string, options: HoldOptions) => release(holdId, options));
}

const inTime = () => addDuration(systemClock.now(), REVIEW_AFTER).toISOString();

async function place({ directory, json, ...options }: PlaceOptions): Promise<void> {
  const { user, organization, from, until, reason, review: reviewAt } = options;
  const input = {
    ...(user ? { userId: user } : {}),
    ...(organization ? { orgId: organization } : {}),
    ...(from ? { from } : {}),
    ...(until ? { until } : {}),
  };
  const console = createConsole(json ?? false);
  const hold = await asOperator(findRegion(directory), (operator) =>
    operator.call(placeHold, { ...input, reason, reviewAt }),
  );
  if (hold.state === 'coming') console.terminal.mark('warn', `waiting for ${hold.waitingFor.join(', ')} to keep to it`);
  else console.terminal.tick('every service keeps to the hold');
  show(console, hold);
  console.result(hold);
}

async function list({ directory, json }: HoldOptions): Promise<void> {
  const console = createConsole(json ?? false);
  const answer = await asOperator(findRegion(directory), (operator) => operator.call(listHolds, {}));
  if (answer.holds.length === 0) console.terminal.line('No legal hold was ever placed.');
  for (const hold of answer.holds) {
    console.terminal.mark(hold.state === 'review-due' ? 'warn' : 'dot', hold.state, hold.reason);
    show(console, hold);
  }
  console.result(answer);
}

async function review(holdId: string, { directory, json, review: reviewAt }: PlaceOptions): Promise<void> {
  const console = createConsole(json ?? false);
  const hold = await asOperator(findRegion(directory), (operator) => operator.call(reviewHold, { holdId, reviewAt }));
  console.terminal.tick('the hold stays in force');
  show(console, hold);
  console.result(hold);
}

async function release(holdId: string, { directory, json }: HoldOptions): Promise<void> {
  const console = createConsole(json ?? false);
  const hold = await asOperator(findRegion(directory), (operator) => operator.call(releaseHold, { holdId }));
  if (hold.waitingFor.length > 0)
    console.terminal.mark('warn', `waiting for ${hold.waitingFor.join(', ')} to hear of it`);
  else console.terminal.tick('the hold is released; erasures that it kept open go on');
  console.result(hold);
}

function show({ terminal }: Console, hold: Hold): void {
  terminal.fact('hold', hold.holdId);
  if (hold.userId) terminal.fact('person', hold.userId);
  if (hold.orgId) terminal.fact('organization', hold.orgId);
  if (hold.from) terminal.fact('from', hold.from);
  if (hold.until) terminal.fact('until', hold.until);
  if (hold.state !== 'released') terminal.fact('review by', hold.reviewAt);
  if (hold.heldCases.length > 0) terminal.fact('keeps open', hold.heldCases.join(', '));
}
