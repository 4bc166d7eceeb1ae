import { sqlMigration } from '@millrace/persistence';

/** The first schema of gateway, as its tables declared it then. */
export const Initial1763800000000 = sqlMigration('Initial1763800000000', [
  `create table region_identity (
  id integer not null default 1,
  region text not null check (char_length(region) <= 40),
  service text not null check (char_length(service) <= 40),
  primary key (id)
)`,
  `alter table region_identity enable row level security`,
  `alter table region_identity force row level security`,
  `create policy region on region_identity to gateway_region using (true) with check (true)`,
  `grant select on region_identity to gateway_region`,
  `create table outbox (
  id uuid not null,
  subject text not null check (char_length(subject) <= 300),
  envelope jsonb not null,
  created_at timestamptz(3) not null,
  primary key (id)
)`,
  `create index outbox_created_at_idx on outbox (created_at)`,
  `alter table outbox enable row level security`,
  `alter table outbox force row level security`,
  `create policy guard_1 on outbox for insert to gateway_app with check (true)`,
  `create policy region on outbox to gateway_region using (true) with check (true)`,
  `grant insert on outbox to gateway_app`,
  `grant select, insert, delete on outbox to gateway_region`,
  `create table inbox (
  event_id uuid not null,
  consumer text not null check (char_length(consumer) <= 100),
  handled_at timestamptz(3) not null,
  primary key (event_id, consumer)
)`,
  `create index inbox_handled_at_idx on inbox (handled_at)`,
  `alter table inbox enable row level security`,
  `alter table inbox force row level security`,
  `create policy region on inbox to gateway_region using (true) with check (true)`,
  `grant select, insert, delete on inbox to gateway_region`,
  `create table audit_outbox (
  entry_id uuid not null,
  number bigint unique,
  event text not null check (char_length(event) <= 100),
  at timestamptz(3) not null,
  org_id uuid,
  actor text not null check (actor in ('user', 'staff', 'public', 'service')),
  target_kind text check (char_length(target_kind) <= 64),
  target_id text check (char_length(target_id) <= 64),
  outcome text not null check (outcome in ('success', 'failure')),
  details jsonb not null,
  personal jsonb not null,
  primary key (entry_id)
)`,
  `create index audit_outbox_at_idx on audit_outbox (at)`,
  `alter table audit_outbox enable row level security`,
  `alter table audit_outbox force row level security`,
  `create policy guard_1 on audit_outbox for insert to gateway_app with check (true)`,
  `create policy region on audit_outbox to gateway_region using (true) with check (true)`,
  `grant insert on audit_outbox to gateway_app`,
  `grant select, insert, update, delete on audit_outbox to gateway_region`,
  `create table audit_source (
  id integer not null,
  last_number bigint not null,
  primary key (id)
)`,
  `alter table audit_source enable row level security`,
  `alter table audit_source force row level security`,
  `create policy region on audit_source to gateway_region using (true) with check (true)`,
  `grant select, insert, update on audit_source to gateway_region`,
  `create table egress_log (
  id uuid not null,
  at timestamptz(3) not null,
  allowed boolean not null,
  code text check (char_length(code) <= 64),
  purpose text not null check (char_length(purpose) <= 64),
  categories jsonb not null,
  recipient_kind text not null check (char_length(recipient_kind) <= 64),
  recipient_id text not null check (char_length(recipient_id) <= 64),
  scope text check (char_length(scope) <= 32),
  primary key (id)
)`,
  `create index egress_log_at_idx on egress_log (at)`,
  `create index egress_log_purpose_idx on egress_log (purpose)`,
  `alter table egress_log enable row level security`,
  `alter table egress_log force row level security`,
  `create policy guard_1 on egress_log for insert to gateway_app with check (true)`,
  `create policy region on egress_log to gateway_region using (true) with check (true)`,
  `grant insert on egress_log to gateway_app`,
  `grant select, insert, delete on egress_log to gateway_region`,
  `create table legal_hold (
  id uuid not null,
  subject jsonb,
  org_id uuid,
  rows_from timestamptz(3),
  rows_until timestamptz(3),
  primary key (id)
)`,
  `alter table legal_hold enable row level security`,
  `alter table legal_hold force row level security`,
  `create policy region on legal_hold to gateway_region using (true) with check (true)`,
  `grant select, insert, update, delete on legal_hold to gateway_region`,
  `create table legal_hold_list (
  id integer not null,
  version bigint not null,
  primary key (id)
)`,
  `alter table legal_hold_list enable row level security`,
  `alter table legal_hold_list force row level security`,
  `create policy region on legal_hold_list to gateway_region using (true) with check (true)`,
  `grant select, insert, update on legal_hold_list to gateway_region`,
  `create table access_log (
  request_id uuid not null,
  at timestamptz(3) not null,
  method text not null check (char_length(method) <= 16),
  route text not null check (char_length(route) <= 200),
  status integer not null,
  duration_ms integer not null,
  address text check (char_length(address) <= 45),
  user_agent text check (char_length(user_agent) <= 200),
  user_id uuid,
  primary key (request_id, at)
) partition by range (at)`,
  `create index access_log_at_idx on access_log (at)`,
  `create index access_log_user_id_idx on access_log (user_id)`,
  `alter table access_log enable row level security`,
  `alter table access_log force row level security`,
  `create policy guard_1 on access_log for insert to gateway_app with check (true)`,
  `create policy region on access_log to gateway_region using (true) with check (true)`,
  `grant insert on access_log to gateway_app`,
  `grant select, insert, update, delete on access_log to gateway_region`,
  `create table access_log_rest partition of access_log default`,
  `grant select, delete on access_log_rest to gateway_region`,
  `create function access_log_open_day(day date) returns void language plpgsql security definer set search_path = public, pg_temp as $work$
declare
  leaf text := 'access_log_' || to_char(day, 'YYYYMMDD');
begin
  perform pg_advisory_xact_lock(hashtext('access_log'));
  if to_regclass(leaf) is not null then return; end if;
  lock table access_log_rest in access exclusive mode;
  execute format('create table %I (like access_log including all)', leaf);
  execute format('grant select, delete on %I to gateway_region', leaf);
  execute format('with moved as (delete from access_log_rest where at >= %L and at < %L returning *) insert into %I select * from moved', day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC', leaf);
  execute format('alter table access_log attach partition %I for values from (%L) to (%L)', leaf, day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC');
end
$work$`,
  `revoke all on function access_log_open_day(date) from public`,
  `grant execute on function access_log_open_day(date) to gateway_region`,
  `create function access_log_detach_day(day date) returns void language plpgsql security definer set search_path = public, pg_temp as $work$
declare
  leaf text := 'access_log_' || to_char(day, 'YYYYMMDD');
begin
  perform pg_advisory_xact_lock(hashtext('access_log'));
  execute format('alter table access_log detach partition %I', leaf);
end
$work$`,
  `revoke all on function access_log_detach_day(date) from public`,
  `grant execute on function access_log_detach_day(date) to gateway_region`,
  `create function access_log_drop_day(day date) returns void language plpgsql security definer set search_path = public, pg_temp as $work$
declare
  leaf text := 'access_log_' || to_char(day, 'YYYYMMDD');
begin
  perform pg_advisory_xact_lock(hashtext('access_log'));
  execute format('drop table %I', leaf);
end
$work$`,
  `revoke all on function access_log_drop_day(date) from public`,
  `grant execute on function access_log_drop_day(date) to gateway_region`,
  `create unlogged table rate_limit (
  bucket text not null check (char_length(bucket) <= 40),
  fingerprint bytea not null,
  window_start timestamptz(3) not null,
  requests integer not null,
  primary key (bucket, fingerprint, window_start)
)`,
  `create index rate_limit_window_start_idx on rate_limit (window_start)`,
  `alter table rate_limit enable row level security`,
  `alter table rate_limit force row level security`,
  `create policy region on rate_limit to gateway_region using (true) with check (true)`,
  `grant select, insert, update, delete on rate_limit to gateway_region`,
  `create table cookie_seen (
  name text not null check (char_length(name) <= 100),
  first_seen_at timestamptz(3) not null,
  last_seen_at timestamptz(3) not null,
  primary key (name)
)`,
  `alter table cookie_seen enable row level security`,
  `alter table cookie_seen force row level security`,
  `create policy region on cookie_seen to gateway_region using (true) with check (true)`,
  `grant select, insert, update on cookie_seen to gateway_region`,
]);
