import {
  type Input,
  type OrganizationKey,
  readOrganizationKey,
  removeOrganizationKey,
  setOrganizationKey,
} from '@millrace/contracts';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { CustomerKeyDesk } from './customer-key-desk.js';

@Controller()
export class CustomerKeyOperations {
  constructor(private readonly desk: CustomerKeyDesk) {}

  @Handles(readOrganizationKey)
  read(_input: Input<typeof readOrganizationKey>, call: Call): Promise<OrganizationKey> {
    return this.desk.read(call);
  }

  @Handles(setOrganizationKey)
  set(input: Input<typeof setOrganizationKey>, call: Call): Promise<OrganizationKey> {
    return this.desk.set(input, call);
  }

  @Handles(removeOrganizationKey)
  remove(_input: Input<typeof removeOrganizationKey>, call: Call): Promise<OrganizationKey> {
    return this.desk.remove(call);
  }
}
