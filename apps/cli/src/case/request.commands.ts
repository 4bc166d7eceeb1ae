import {
  askableRights,
  askRight,
  lawNames,
  listRequests,
  readRequest,
  replyInRequest,
  withdrawRequest,
} from '@millrace/contracts';
import { Argument, type Command, Option } from 'commander';
import { type ApiOptions, openApi, withApiOptions } from '../api/api-command.js';
import { tellRequest, tellSummary } from './tell-request.js';

interface LetterOptions extends ApiOptions {
  readonly text: string;
}

interface AskOptions extends LetterOptions {
  readonly law?: (typeof lawNames)[number];
}

/** What people do with requests of their own. */
export function addRequests(program: Command): void {
  const requests = program.command('requests').description('what you ask about your data, and what is answered');
  withApiOptions(requests.command('ask').description('ask for a right of yours in your own words'))
    .addArgument(new Argument('<right>', 'which').choices(askableRights))
    .requiredOption('--text <words>', 'what you ask for')
    .addOption(new Option('--law <law>', 'the law that you live under, where you know').choices(lawNames))
    .action((right: (typeof askableRights)[number], options: AskOptions) => ask(right, options));
  withApiOptions(requests.command('list').description('what you asked for, the newest first')).action(
    (options: ApiOptions) => list(options),
  );
  ofOne(requests.command('show').description('one request with every letter')).action(
    (caseId: string, options: ApiOptions) => onOne(readRequest, caseId, options),
  );
  ofOne(requests.command('reply').description('answer a question, or add something'))
    .requiredOption('--text <words>', 'what you say')
    .action((caseId: string, options: LetterOptions) => reply(caseId, options));
  ofOne(requests.command('withdraw').description('take a request back')).action((caseId: string, options: ApiOptions) =>
    onOne(withdrawRequest, caseId, options),
  );
}

const ofOne = (command: Command) => withApiOptions(command).argument('<request>', 'its id');

async function ask(right: (typeof askableRights)[number], { text, law, ...options }: AskOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const request = await client.call(askRight, { right, text, law });
  tellRequest(console, request);
  console.result(request);
}

async function list(options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const answer = await client.call(listRequests, {});
  if (answer.requests.length === 0) console.terminal.line('You have asked for nothing yet.');
  for (const one of answer.requests) tellSummary(console, one);
  console.result(answer);
}

async function onOne(
  operation: typeof readRequest | typeof withdrawRequest,
  caseId: string,
  options: ApiOptions,
): Promise<void> {
  const { client, console } = await openApi(options);
  const request = await client.call(operation, { caseId });
  tellRequest(console, request);
  console.result(request);
}

async function reply(caseId: string, { text, ...options }: LetterOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const request = await client.call(replyInRequest, { caseId, text });
  tellRequest(console, request);
  console.result(request);
}
