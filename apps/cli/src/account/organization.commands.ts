import {
  changeMemberRole,
  closeOrganization,
  createOrganization,
  inviteMember,
  listInvitations,
  listMembers,
  listOrganizations,
  removeMember,
  type Role,
  roles,
  switchOrganization,
} from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { Command } from 'commander';
import { type ApiCommand, type ApiOptions, openApi, withApiOptions } from '../api/api-command.js';
import { cliProblems } from '../region/problems.js';

interface RoleOptions extends ApiOptions {
  readonly role: string;
}

export function addOrganizations(program: Command): void {
  const organizations = program.command('organizations').description('the organizations that you belong to');
  withApiOptions(organizations.command('list').description('list them')).action((options: ApiOptions) =>
    listMine(options),
  );
  withApiOptions(organizations.command('create').description('open one more, with you as its owner'))
    .argument('<name>')
    .action((name: string, options: ApiOptions) => create(name, options));
  withApiOptions(organizations.command('switch').description('go on in another of yours'))
    .argument('<organization>', 'its name or id')
    .action((organization: string, options: ApiOptions) => switchTo(organization, options));
  withApiOptions(
    organizations.command('close').description('close the organization of your session, and everything of it'),
  )
    .requiredOption('--yes', 'say that you mean it: its connections end at once')
    .action((options: ApiOptions) => close(options));

  const members = program.command('members').description('who belongs to your organization');
  withApiOptions(members.command('list').description('list members and invitations')).action((options: ApiOptions) =>
    list(options),
  );
  withApiOptions(members.command('invite').description('invite somebody; a link is mailed to them'))
    .argument('<address>')
    .option('--role <role>', `one of ${roles.join(', ')}`, 'viewer')
    .action((address: string, options: RoleOptions) => invite(address, options));
  withApiOptions(members.command('role').description('give a member another role'))
    .argument('<address>')
    .argument('<role>', `one of ${roles.join(', ')}`)
    .action((address: string, role: string, options: ApiOptions) => changeRole(address, role, options));
  withApiOptions(members.command('remove').description('remove a member; their sessions here end at once'))
    .argument('<address>')
    .action((address: string, options: ApiOptions) => remove(address, options));
}

async function listMine(options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const answer = await client.call(listOrganizations, {});
  const rows = answer.organizations.map(({ orgId, name, role, current }) => [name, role, orgId, current ? 'here' : '']);
  console.terminal.table(['organization', 'role', 'id', ''], rows);
  console.result(answer);
}

async function create(name: string, options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const answer = await client.call(createOrganization, { name });
  console.terminal.tick(`${name} is open; go there with \`millrace organizations switch\``);
  console.result(answer);
}

async function switchTo(wanted: string, options: ApiOptions): Promise<void> {
  const { client, console, save } = await openApi(options);
  const { organizations } = await client.call(listOrganizations, {});
  const found = organizations.find(({ orgId, name }) => orgId === wanted || name === wanted);
  if (!found) throw new Problem(cliProblems.usage, { detail: `You belong to no organization ${wanted}.` });
  const { userId, orgId } = await client.call(switchOrganization, { orgId: found.orgId });
  save();
  console.terminal.tick(`in ${found.name} now`);
  console.result({ userId, orgId });
}

async function close(options: ApiOptions): Promise<void> {
  const { client, console, save } = await openApi(options);
  const answer = await client.call(closeOrganization, {});
  save();
  console.terminal.tick('the organization is closed');
  console.result(answer);
}

async function list(options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const [{ members }, { invitations }] = [await client.call(listMembers, {}), await client.call(listInvitations, {})];
  console.terminal.table(
    ['member', 'role', 'since'],
    members.map(({ email, role, joinedAt }) => [email, role, joinedAt]),
  );
  if (invitations.length) {
    console.terminal.section('Invited');
    const rows = invitations.map(({ email, role, expiresAt }) => [email, role, expiresAt]);
    console.terminal.table(['address', 'role', 'until'], rows);
  }
  console.result({ members, invitations });
}

async function invite(email: string, options: RoleOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const answer = await client.call(inviteMember, { email, role: roleOf(options.role) });
  console.terminal.tick(`${email} is invited until ${answer.expiresAt}`);
  console.result(answer);
}

async function changeRole(email: string, role: string, options: ApiOptions): Promise<void> {
  const api = await openApi(options);
  await api.client.call(changeMemberRole, { userId: await memberOf(email, api), role: roleOf(role) });
  api.console.terminal.tick(`${email} is ${role} now`);
  api.console.result({});
}

async function remove(email: string, options: ApiOptions): Promise<void> {
  const api = await openApi(options);
  await api.client.call(removeMember, { userId: await memberOf(email, api) });
  api.console.terminal.tick(`${email} no longer belongs to the organization`);
  api.console.result({});
}

async function memberOf(address: string, { client }: ApiCommand): Promise<string> {
  const { members } = await client.call(listMembers, {});
  const found = members.find(({ email }) => email.toLowerCase() === address.toLowerCase());
  if (found) return found.userId;
  throw new Problem(cliProblems.usage, { detail: 'Nobody of that address belongs to the organization.' });
}

function roleOf(text: string): Role {
  if ((roles as readonly string[]).includes(text)) return text as Role;
  throw new Problem(cliProblems.usage, { detail: `A role is one of ${roles.join(', ')}.` });
}
