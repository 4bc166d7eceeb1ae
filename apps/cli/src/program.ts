import { Command } from 'commander';
import { addAccount } from './account/account.commands.js';
import { addCustomerKey } from './account/customer-key.commands.js';
import { addOrganizations } from './account/organization.commands.js';
import { addProvider } from './account/provider.commands.js';
import { addMails } from './account/mail.command.js';
import { addTokens } from './account/token.commands.js';
import { addSessions } from './account/session.commands.js';
import { addBundle } from './bundle/bundle.commands.js';
import { addCases } from './case/case.commands.js';
import { addRequests } from './case/request.commands.js';
import { addCharter } from './charter/charter.commands.js';
import { addConnections } from './connection/connection.commands.js';
import { addDataMap } from './data-map/data-map.commands.js';
import { addDemo } from './demo/demo.command.js';
import { addDocuments } from './document/document.commands.js';
import { addDoctor } from './doctor/doctor.command.js';
import { addHolds } from './hold/hold.commands.js';
import { addKeys } from './keys/keys.commands.js';
import { addReports } from './staff/account-reports.commands.js';
import { addStaff } from './staff/staff.commands.js';
import { addLedger } from './ledger/ledger.commands.js';
import { addExport } from './pipeline/export.command.js';
import { addMetrics } from './metric/metric.commands.js';
import { addPauses } from './pause/pause.commands.js';
import { addPipelines } from './pipeline/pipeline.commands.js';
import { addPromises } from './promise/promise.commands.js';
import { addTasks } from './task/task.commands.js';
import { addMigrate } from './region/migrate.command.js';
import { addUp } from './region/up.command.js';
import { addRuns } from './run/run.commands.js';

/** Groups in the help, in the order in which a newcomer needs them. */
const groups: readonly (readonly [string, readonly ((program: Command) => void)[]])[] = [
  ['This machine:', [addUp, addDemo, addDoctor, addMigrate, addMails, addKeys, addStaff, addReports]],
  [
    'Your organization:',
    [
      addAccount,
      addSessions,
      addRequests,
      addOrganizations,
      addProvider,
      addCustomerKey,
      addTokens,
      addConnections,
      addPipelines,
      addRuns,
      addMetrics,
      addPauses,
      addExport,
    ],
  ],
  [
    'Promises and proof:',
    [addPromises, addLedger, addBundle, addCharter, addDataMap, addDocuments, addCases, addHolds, addTasks],
  ],
];

/** The command line, assembled from its parts. */
export function createProgram(): Command {
  const program = new Command('millrace');
  program
    .description('A data-sync platform that keeps every promise its operator’s privacy policy makes, and proves it.')
    .version('0.1.0')
    .showHelpAfterError('Add --help to see what the command takes.')
    .helpCommand(false)
    .exitOverride();
  for (const [title, members] of groups) {
    program.commandsGroup(title);
    for (const add of members) add(program);
  }
  return program;
}
