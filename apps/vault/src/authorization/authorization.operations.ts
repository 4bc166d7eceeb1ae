import { beginAuthorization, beginReauthorization, finishAuthorization, type Input } from '@millrace/contracts';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { BeginAuthorization } from './begin-authorization.js';
import { FinishAuthorization } from './finish-authorization.js';

@Controller()
export class AuthorizationOperations {
  constructor(
    private readonly beginOne: BeginAuthorization,
    private readonly finishOne: FinishAuthorization,
  ) {}

  @Handles(beginAuthorization)
  begin(input: Input<typeof beginAuthorization>, call: Call) {
    return this.beginOne.execute(input, call);
  }

  @Handles(beginReauthorization)
  again({ connectionId }: Input<typeof beginReauthorization>, call: Call) {
    return this.beginOne.again(connectionId, call);
  }

  @Handles(finishAuthorization)
  finish(input: Input<typeof finishAuthorization>, call: Call) {
    return this.finishOne.execute(input, call);
  }
}
