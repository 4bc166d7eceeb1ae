import { answerAppeal, appealLockout, type Input, listAppeals } from '@millrace/contracts';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { AppealDesk } from './appeal-desk.js';

@Controller()
export class AppealOperations {
  constructor(private readonly desk: AppealDesk) {}

  @Handles(appealLockout)
  ask(input: Input<typeof appealLockout>, call: Call) {
    return this.desk.ask(input, call);
  }

  @Handles(listAppeals)
  list(_input: Input<typeof listAppeals>, call: Call) {
    return this.desk.list(call);
  }

  @Handles(answerAppeal)
  async answer(input: Input<typeof answerAppeal>, call: Call) {
    await this.desk.answer(input, call);
    return {};
  }
}
