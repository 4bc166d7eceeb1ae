import {
  changeMemberRole,
  closeOrganization,
  createOrganization,
  type Input,
  leaveOrganization,
  listMembers,
  listOrganizations,
  readOrganization,
  removeMember,
  renameOrganization,
  resolveMembers,
  switchOrganization,
  transferOwnership,
} from '@millrace/contracts';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { MemberDesk } from './member-desk.js';
import { OrganizationDesk } from './organization-desk.js';

@Controller()
export class OrganizationOperations {
  constructor(
    private readonly desk: OrganizationDesk,
    private readonly members: MemberDesk,
  ) {}

  @Handles(listOrganizations)
  list(_input: Input<typeof listOrganizations>, call: Call) {
    return this.desk.list(call);
  }

  @Handles(createOrganization)
  create({ name }: Input<typeof createOrganization>, call: Call) {
    return this.desk.create(name, call);
  }

  @Handles(switchOrganization)
  switch({ orgId }: Input<typeof switchOrganization>, call: Call) {
    return this.desk.switchTo(orgId, call);
  }

  @Handles(readOrganization)
  read(_input: Input<typeof readOrganization>, call: Call) {
    return this.desk.read(call);
  }

  @Handles(renameOrganization)
  rename({ name }: Input<typeof renameOrganization>, call: Call) {
    return this.desk.rename(name, call);
  }

  @Handles(closeOrganization)
  close(_input: Input<typeof closeOrganization>, call: Call) {
    return this.desk.close(call);
  }

  @Handles(leaveOrganization)
  async leave(_input: Input<typeof leaveOrganization>, call: Call) {
    await this.members.leave(call);
    return {};
  }

  @Handles(transferOwnership)
  async transfer({ userId }: Input<typeof transferOwnership>, call: Call) {
    await this.members.transfer(userId, call);
    return {};
  }

  @Handles(listMembers)
  listMembers(_input: Input<typeof listMembers>, call: Call) {
    return call.ask(resolveMembers, { orgId: call.orgId });
  }

  @Handles(changeMemberRole)
  async changeRole(input: Input<typeof changeMemberRole>, call: Call) {
    await this.members.changeRole(input, call);
    return {};
  }

  @Handles(removeMember)
  async remove({ userId }: Input<typeof removeMember>, call: Call) {
    await this.members.remove(userId, call);
    return {};
  }

  @Handles(resolveMembers)
  async resolve({ orgId }: Input<typeof resolveMembers>, call: Call) {
    return { members: await call.tx((tx) => this.members.resolve(tx, orgId), 'region') };
  }
}
