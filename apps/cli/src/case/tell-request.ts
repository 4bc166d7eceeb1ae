import type { CaseLetter, PersonRequest, RequestSummary } from '@millrace/contracts';
import type { Console } from '../terminal/console.js';

const WRITERS: Readonly<Record<CaseLetter['kind'], string>> = {
  request: 'asked',
  question: 'question',
  reply: 'replied',
  extension: 'extended',
  answer: 'answered',
};

/** A request with its letters, and what can be done about a refusal. */
export function tellRequest(console: Console, request: PersonRequest): void {
  tellSummary(console, request);
  const { terminal } = console;
  for (const { kind, at, text } of request.letters) terminal.fact(WRITERS[kind], `${at}: ${text}`);
  const { refusal } = request;
  if (!refusal) return;
  terminal.fact('ground', `${refusal.sentence} (${refusal.source})`);
  for (const { law, authority } of refusal.authorities) terminal.fact('complain', `to ${authority} (${law})`);
  terminal.fact('appeal', refusal.appeal);
}

export function tellSummary({ terminal }: Console, one: RequestSummary): void {
  terminal.mark('dot', one.right, one.outcome ?? one.state);
  terminal.fact('request', one.caseId);
  terminal.fact('received', one.receivedAt);
  if (one.completedAt) terminal.fact('done', one.completedAt);
  else terminal.fact('due', `${one.dueAt}: ${one.why}`);
}
