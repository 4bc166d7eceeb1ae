import {
  answerCase,
  askPerson,
  extendCase,
  type Input,
  type PersonRequest,
  readCaseFile,
  refusalGrounds,
} from '@millrace/contracts';
import { type Command, Option } from 'commander';
import { asOperator, type Operator } from '../region/operator.js';
import { asJson, inDirectory } from '../region/region-options.js';
import { findRegion } from '../region/region-directory.js';
import { createConsole } from '../terminal/console.js';
import { tellRequest } from './tell-request.js';

interface OfficeOptions {
  readonly directory?: string;
  readonly json?: boolean;
}

type Answer = Omit<Input<typeof answerCase>, 'caseId'>;
const OUTCOMES = ['granted', 'partly-granted', 'refused'] as const satisfies readonly Answer['outcome'][];

/** What officers do with the requests of people. */
export function addOffice(cases: Command): void {
  ofOne(cases.command('file').description('whose a request is, and its letters; the reading is in the ledger')).action(
    (caseId: string, options: OfficeOptions) => file(caseId, options),
  );
  ofOne(cases.command('ask').description('ask the person what they mean'))
    .requiredOption('--question <words>', 'what you ask')
    .action((caseId: string, { question, ...options }: OfficeOptions & { question: string }) =>
      act(options, (operator) => operator.call(askPerson, { caseId, question })),
    );
  ofOne(cases.command('extend').description('take more time, once, where the law allows it'))
    .requiredOption('--reason <words>', 'completes "because …"; the person reads it')
    .action((caseId: string, { reason, ...options }: OfficeOptions & { reason: string }) =>
      act(options, (operator) => operator.call(extendCase, { caseId, reason })),
    );
  ofOne(cases.command('answer').description('answer a request; it ends with that'))
    .addOption(new Option('--outcome <outcome>', 'how').choices(OUTCOMES).makeOptionMandatory())
    .requiredOption('--text <words>', 'the letter to the person')
    .addOption(new Option('--ground <ground>', 'why not all is granted, by the law').choices(refusalGrounds))
    .action((caseId: string, { outcome, text, ground, ...options }: OfficeOptions & Answer) =>
      act(options, (operator) => operator.call(answerCase, { caseId, outcome, text, ground })),
    );
}

const ofOne = (command: Command) => command.addOption(inDirectory()).addOption(asJson()).argument('<case>', 'its id');

async function file(caseId: string, { directory, json }: OfficeOptions): Promise<void> {
  const console = createConsole(json ?? false);
  const found = await asOperator(findRegion(directory), (operator) => operator.call(readCaseFile, { caseId }));
  tellRequest(console, found.request);
  console.terminal.fact('person', found.userId);
  console.result(found);
}

async function act(
  { directory, json }: OfficeOptions,
  work: (operator: Operator) => Promise<PersonRequest>,
): Promise<void> {
  const console = createConsole(json ?? false);
  const request = await asOperator(findRegion(directory), work);
  tellRequest(console, request);
  console.result(request);
}
