import {
  addAuthenticator,
  confirmAuthenticator,
  type Input,
  readSecondFactor,
  removeAuthenticator,
  renewRecoveryCodes,
} from '@millrace/contracts';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { SecondFactor } from './second-factor.js';

@Controller()
export class SecondFactorOperations {
  constructor(private readonly factor: SecondFactor) {}

  @Handles(readSecondFactor)
  read(_input: Input<typeof readSecondFactor>, call: Call) {
    return this.factor.read(call);
  }

  @Handles(addAuthenticator)
  add(_input: Input<typeof addAuthenticator>, call: Call) {
    return this.factor.add(call);
  }

  @Handles(confirmAuthenticator)
  confirm({ code }: Input<typeof confirmAuthenticator>, call: Call) {
    return this.factor.confirm(code.replaceAll(/\s/g, ''), call);
  }

  @Handles(removeAuthenticator)
  async remove(_input: Input<typeof removeAuthenticator>, call: Call) {
    await this.factor.remove(call);
    return {};
  }

  @Handles(renewRecoveryCodes)
  renewCodes(_input: Input<typeof renewRecoveryCodes>, call: Call) {
    return this.factor.renewCodes(call);
  }
}
