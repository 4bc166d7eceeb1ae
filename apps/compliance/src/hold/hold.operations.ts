import { type Input, listHolds, placeHold, releaseHold, reviewHold } from '@millrace/contracts';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { HoldDesk } from './hold-desk.js';

@Controller()
export class HoldOperations {
  constructor(private readonly desk: HoldDesk) {}

  @Handles(placeHold)
  place(input: Input<typeof placeHold>, call: Call) {
    return this.desk.place(input, call);
  }

  @Handles(listHolds)
  async list(_input: Input<typeof listHolds>, call: Call) {
    return { holds: await this.desk.list(call) };
  }

  @Handles(reviewHold)
  review(input: Input<typeof reviewHold>, call: Call) {
    return this.desk.review(input, call);
  }

  @Handles(releaseHold)
  release({ holdId }: Input<typeof releaseHold>, call: Call) {
    return this.desk.release(holdId, call);
  }
}
