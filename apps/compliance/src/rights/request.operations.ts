import {
  answerCase,
  askPerson,
  askRight,
  extendCase,
  type Input,
  listRequests,
  readCaseFile,
  readRequest,
  replyInRequest,
  withdrawRequest,
} from '@millrace/contracts';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { CaseOffice } from './case-office.js';
import { PersonRequests } from './person-requests.js';

/** Requests in a person's own words, from both of their sides. */
@Controller()
export class RequestOperations {
  constructor(
    private readonly requests: PersonRequests,
    private readonly office: CaseOffice,
  ) {}

  @Handles(askRight)
  askRight(input: Input<typeof askRight>, call: Call) {
    return this.requests.ask(input, call);
  }

  @Handles(listRequests)
  list(_input: Input<typeof listRequests>, call: Call) {
    return this.requests.list(call);
  }

  @Handles(readRequest)
  read({ caseId }: Input<typeof readRequest>, call: Call) {
    return this.requests.read(caseId, call);
  }

  @Handles(replyInRequest)
  reply(input: Input<typeof replyInRequest>, call: Call) {
    return this.requests.reply(input, call);
  }

  @Handles(withdrawRequest)
  withdraw({ caseId }: Input<typeof withdrawRequest>, call: Call) {
    return this.requests.withdraw(caseId, call);
  }

  @Handles(readCaseFile)
  file({ caseId }: Input<typeof readCaseFile>, call: Call) {
    return this.office.file(caseId, call);
  }

  @Handles(askPerson)
  ask(input: Input<typeof askPerson>, call: Call) {
    return this.office.ask(input, call);
  }

  @Handles(extendCase)
  extend(input: Input<typeof extendCase>, call: Call) {
    return this.office.extend(input, call);
  }

  @Handles(answerCase)
  answer(input: Input<typeof answerCase>, call: Call) {
    return this.office.answer(input, call);
  }
}
