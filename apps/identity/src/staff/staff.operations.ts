import {
  beginStaffSignIn,
  finishStaffSignIn,
  type Input,
  inviteFirstStaff,
  kernelProblems,
  readStaff,
  signOutStaff,
} from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { StaffSignIn } from './staff-sign-in.js';
import { staff, staffSessions } from './staff.table.js';

@Controller()
export class StaffOperations {
  constructor(private readonly signIn: StaffSignIn) {}

  @Handles(beginStaffSignIn)
  begin(input: Input<typeof beginStaffSignIn>, call: Call) {
    return this.signIn.begin(input, call);
  }

  @Handles(finishStaffSignIn)
  finish(input: Input<typeof finishStaffSignIn>, call: Call) {
    return this.signIn.finish(input, call);
  }

  @Handles(inviteFirstStaff)
  inviteFirst(_input: Input<typeof inviteFirstStaff>, call: Call) {
    return this.signIn.inviteFirst(call);
  }

  @Handles(readStaff)
  async read(_input: Input<typeof readStaff>, call: Call) {
    const { staffId, roles } = call.staff;
    const found = await call.tx((tx) => tx.table(staff).findOneBy({ id: staffId }));
    if (!found) throw new Problem(kernelProblems.notFound);
    const { name, title, team } = found;
    const said = Object.entries({ name, title, team }).filter(([, value]) => value !== null);
    return { staffId, roles: [...roles], ...Object.fromEntries(said) };
  }

  @Handles(signOutStaff)
  async signOut(_input: Input<typeof signOutStaff>, call: Call) {
    const { sessionId } = call.staff;
    await call.act(async (tx, about) => {
      await tx.table(staffSessions).delete({ id: sessionId });
      about({ target: { kind: 'session', id: sessionId } });
    });
    return {};
  }
}
