import {
  addPasskey,
  confirmPasskeySignIn,
  type Input,
  listPasskeys,
  offerPasskey,
  offerPasskeySignIn,
  removePasskey,
} from '@millrace/contracts';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { PasskeyDesk } from './passkey-desk.js';

@Controller()
export class PasskeyOperations {
  constructor(private readonly desk: PasskeyDesk) {}

  @Handles(listPasskeys)
  list(_input: Input<typeof listPasskeys>, call: Call) {
    return this.desk.list(call);
  }

  @Handles(offerPasskey)
  offer(_input: Input<typeof offerPasskey>, call: Call) {
    return this.desk.offer(call);
  }

  @Handles(addPasskey)
  add(input: Input<typeof addPasskey>, call: Call) {
    return this.desk.add(input, call);
  }

  @Handles(removePasskey)
  async remove({ passkeyId }: Input<typeof removePasskey>, call: Call) {
    await this.desk.remove(passkeyId, call);
    return {};
  }

  @Handles(offerPasskeySignIn)
  offerSignIn(_input: Input<typeof offerPasskeySignIn>, call: Call) {
    return this.desk.offerSignIn(call);
  }

  @Handles(confirmPasskeySignIn)
  signIn(input: Input<typeof confirmPasskeySignIn>, call: Call) {
    return this.desk.signIn(input, call);
  }
}
