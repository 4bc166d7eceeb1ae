import { type Input, readPreferences, setPreferences } from '@millrace/contracts';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { PreferenceDesk } from './preference-desk.js';

@Controller()
export class PreferenceOperations {
  constructor(private readonly desk: PreferenceDesk) {}

  @Handles(readPreferences)
  read(_input: Input<typeof readPreferences>, call: Call) {
    return this.desk.read(call);
  }

  @Handles(setPreferences)
  set(input: Input<typeof setPreferences>, call: Call) {
    return this.desk.set(input, call);
  }
}
