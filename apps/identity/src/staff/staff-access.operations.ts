import {
  approveStaffAccess,
  askStaffAccess,
  endStaffAccess,
  type Input,
  listAccessByStaff,
  listStaffAccess,
  refuseStaffAccess,
} from '@millrace/contracts';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { StaffAccessDesk } from './staff-access-desk.js';

@Controller()
export class StaffAccessOperations {
  constructor(private readonly desk: StaffAccessDesk) {}

  @Handles(askStaffAccess)
  ask(input: Input<typeof askStaffAccess>, call: Call) {
    return this.desk.ask(input, call);
  }

  @Handles(approveStaffAccess)
  approve({ accessId }: Input<typeof approveStaffAccess>, call: Call) {
    return this.desk.approve(accessId, call);
  }

  @Handles(refuseStaffAccess)
  refuse({ accessId }: Input<typeof refuseStaffAccess>, call: Call) {
    return this.desk.refuse(accessId, call);
  }

  @Handles(endStaffAccess)
  end({ accessId }: Input<typeof endStaffAccess>, call: Call) {
    return this.desk.end(accessId, call);
  }

  @Handles(listStaffAccess)
  async all(_input: Input<typeof listStaffAccess>, call: Call) {
    return { accesses: await this.desk.all(call) };
  }

  @Handles(listAccessByStaff)
  async ours(_input: Input<typeof listAccessByStaff>, call: Call) {
    return { accesses: await this.desk.ours(call) };
  }
}
