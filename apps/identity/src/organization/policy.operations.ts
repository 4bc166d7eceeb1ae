import { type Input, readPolicy, setPolicy } from '@millrace/contracts';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { PolicyDesk } from './policy-desk.js';

@Controller()
export class PolicyOperations {
  constructor(private readonly desk: PolicyDesk) {}

  @Handles(readPolicy)
  read(_input: Input<typeof readPolicy>, call: Call) {
    return this.desk.read(call);
  }

  @Handles(setPolicy)
  set(input: Input<typeof setPolicy>, call: Call) {
    return this.desk.set(input, call);
  }
}
