import { freezeAccount, type Input, readStanding, unfreezeAccount } from '@millrace/contracts';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { FrozenAccounts } from './frozen-accounts.js';

@Controller()
export class ReportOperations {
  constructor(private readonly frozen: FrozenAccounts) {}

  @Handles(freezeAccount)
  freeze(input: Input<typeof freezeAccount>, call: Call) {
    return this.frozen.freeze(input, call);
  }

  @Handles(unfreezeAccount)
  unfreeze(input: Input<typeof unfreezeAccount>, call: Call) {
    return this.frozen.unfreeze(input, call);
  }

  @Handles(readStanding)
  standing({ userId }: Input<typeof readStanding>, call: Call) {
    return this.frozen.standing(userId, call);
  }
}
